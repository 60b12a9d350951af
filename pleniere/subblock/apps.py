from django.apps import AppConfig


class SubblockConfig(AppConfig):
    name = "pleniere.subblock"
    label = "subblock"
