"""What every test stands on. The database is DATABASE_URL's, as everywhere; without it, SQLite."""

import os
from pathlib import Path

import hypothesis
import pytest
from django.test.utils import override_settings
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

from pleniere.config.prepare import compile_messages

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread that asks the database
# A busy machine is slow, not wrong: no test asserts a time. The same examples every time, so that a red run can be repeated.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow], database=None
)
hypothesis.settings.load_profile("house")
BROWSER_FIXTURES = {"page", "browser", "context", "new_context", "browser_context"}


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # pytest-xdist's workers find them compiled
        for source in compile_messages():
            translation_file_changed(None, source.with_suffix(".mo"))  # Django has read the old one by now


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def own_files(tmp_path_factory):
    """Uploads of a test never reach a bureau's folder."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        yield


@pytest.fixture(autouse=True)
def french():
    """The language of the house; a test that wants English says so, and leaves no trace."""
    with translation.override("fr"):
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    options = dict(browser_type_launch_args)
    if Path("/usr/bin/chromium").exists():
        options["executable_path"] = "/usr/bin/chromium"
    if os.geteuid() == 0:
        options["args"] = [*options.get("args", []), "--no-sandbox"]
    return options


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "fr-FR", "timezone_id": "Europe/Paris"}
