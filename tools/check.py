"""`./run check`: what can be said of the code without running the product."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = {
    "lint": [BIN / "ruff", "check", "--quiet", "."],
    "format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "imports": [BIN / "lint-imports", "--no-cache"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "types": [BIN / "mypy"],
    "translations": [sys.executable, "tools/translations.py"],
    "templates": [BIN / "djhtml", "--check", "pleniere"],
}
NEEDS = {"translations": ("xgettext", "gettext")}  # program, Debian package


def lacking(name):
    program, package = NEEDS.get(name, (None, None))
    return package if program and not shutil.which(program) else None


def run(report=print):
    """Run every check; return the names of those passed, failed and skipped for want of a program."""
    passed, failed, skipped = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PLENIERE_VAR": folder, "DJANGO_SETTINGS_MODULE": "pleniere.config.settings"}
        environment.pop("DATABASE_URL", None)
        for name, words in CHECKS.items():
            if package := lacking(name):
                report(f"check {name}: skipped, {package} is missing")
                skipped.append(name)
                continue
            done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            report(f"check {name}: {'ok' if done.returncode == 0 else 'FAILED'}")
            if done.returncode:
                report(done.stdout.strip())
            (failed if done.returncode else passed).append(name)
    return passed, failed, skipped


if __name__ == "__main__":
    _, failed, skipped = run()
    if skipped:
        print("as root: apt-get install " + " ".join(filter(None, map(lacking, skipped))))
    sys.exit(bool(failed or skipped))
