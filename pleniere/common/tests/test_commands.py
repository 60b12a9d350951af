"""A bureau that was never prepared is said in one line by every command that needs its tables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import load_command_class
from django.core.management.base import CommandError

MANAGE = Path(__file__).parents[3] / "manage.py"
COMMANDS = {
    "pleniere.accounting": "audit",
    "pleniere.messaging": "work",
    "pleniere.catalogue": "import_suppliers",
    "pleniere.congress": "dump_congress",
    "pleniere.demo": "demo",
}


def test_an_unprepared_bureau_is_one_clear_line(tmp_path):
    facts = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"PLENIERE_VAR": str(tmp_path)}
    done = subprocess.run([sys.executable, str(MANAGE), "audit"], env=facts, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.splitlines() == [
        "CommandError: This bureau is not prepared, or not since an update: ./run manage prepare does it."
    ]


@pytest.mark.parametrize(("app", "name"), COMMANDS.items())
def test_the_others_ask_the_same_first(app, name, monkeypatch):
    monkeypatch.setattr("pleniere.common.commands.is_prepared", lambda: False)
    with pytest.raises(CommandError, match="not prepared"):
        load_command_class(app, name).execute(force_color=False, no_color=True)
