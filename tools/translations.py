"""`tools/translations.py` says what the French catalogues lack; `--refresh` brings them up to date with the code.

Each app keeps its catalogue in its own `locale/`; words of an app without one belong to the nearest folder above.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "fr"
PO = Path("locale") / LANGUAGE / "LC_MESSAGES" / "django.po"


def key(entry):
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def extract(package):
    """Run makemessages over `package`; apps that have words and no catalogue get one."""
    apps = [path.parent for path in package.rglob("apps.py")]
    for app in apps:
        (app / "locale").mkdir(exist_ok=True)
    # Without settings it reads the tree alone.
    words = ["-m", "django", "makemessages", "-l", LANGUAGE, "--no-location", "--no-obsolete", "-v0"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([sys.executable, *words], cwd=package, env=environment, check=True)
    for app in apps:
        if (app / "locale").exists() and not any((app / "locale").rglob("*.po")):
            shutil.rmtree(app / "locale")


def tidy(path):
    """One order and no dates, so that two people's changes merge."""
    catalogue = polib.pofile(str(path), wrapwidth=78)
    catalogue.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        catalogue.metadata.pop(name, None)
    catalogue.save()


def incomplete(path):
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            continue
        if entry.fuzzy:
            yield f"{path}: fuzzy: {entry.msgid!r}"
        elif not entry.translated():
            yield f"{path}: untranslated: {entry.msgid!r}"


def stale(package):
    """Words of the code that no catalogue has, and words of a catalogue that the code no longer has."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / package.name
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo", "static"))
        for path in copy.rglob("*.po"):
            path.unlink()
        extract(copy)
        names = {path.relative_to(base) for base in (copy, package) for path in base.rglob(str(PO))}
        for name in sorted(names):
            wanted, present = ({key(entry) for entry in _entries(base / name)} for base in (copy, package))
            yield from (f"pleniere/{name}: missing: {word[1]!r}" for word in sorted(wanted - present, key=str))
            yield from (f"pleniere/{name}: no longer used: {word[1]!r}" for word in sorted(present - wanted, key=str))


def contradictions(package):
    """Words that two catalogues render differently: the running product keeps one of them for all."""
    seen = {}
    for path in sorted(package.rglob(str(PO))):
        name = path.relative_to(package.parent)
        for entry in filter(polib.POEntry.translated, _entries(path)):
            said = entry.msgstr, tuple(entry.msgstr_plural.values())
            first, where = seen.setdefault((entry.msgctxt, entry.msgid), (said, name))
            if said != first:
                yield f"{name}: {entry.msgid!r} says something else than in {where}: same words, or pgettext() for one"


def _entries(path):
    return [entry for entry in polib.pofile(str(path)) if not entry.obsolete] if path.exists() else []


def main():
    package = ROOT / "pleniere"
    if not shutil.which("xgettext"):
        sys.exit("xgettext is missing; as root: apt-get install gettext")
    if "--refresh" in sys.argv:
        extract(package)
        for path in package.rglob(str(PO)):
            tidy(path)
    problems = [problem for path in sorted(package.rglob(str(PO))) for problem in incomplete(path)]
    problems += [*stale(package), *contradictions(package)]
    print("\n".join(problems) or "translations complete")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
