from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule


class HouseConfig(AppConfig):
    """Last of all apps: by now every floor is there; its rules can be read, its tasks and audits registered."""

    name = "pleniere.config"
    label = "house"

    def ready(self) -> None:
        for app in apps.get_app_configs():
            for part in ("rules", "tasks", "audits"):
                if app.name.startswith("pleniere.") and module_has_submodule(app.module, part):
                    import_module(f"{app.name}.{part}")
        from . import wiring  # noqa: F401
