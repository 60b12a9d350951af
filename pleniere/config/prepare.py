"""What has to be done before the first request, and how to know that it was."""

import hashlib
import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent


def compile_messages(package=PACKAGE):
    """Compile every catalogue that is newer than its .mo; return those compiled. Safe when several do it at once."""
    import polib

    compiled = []
    for source in sorted(package.glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        partial = target.with_suffix(f".{os.getpid()}.mo")
        polib.pofile(str(source)).save_as_mofile(str(partial))
        partial.replace(target)
        compiled.append(source)
    return compiled


def fingerprint(package=PACKAGE):
    """Changes whenever a migration, a catalogue, a static file or a locked package does."""
    seen = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if name not in ("tests", "templates", "__pycache__"))
        parts = Path(folder).parts
        if "migrations" in parts or "locale" in parts or "static" in parts:
            for name in sorted(names):
                if not name.endswith((".mo", ".pyc")):
                    facts = os.stat(os.path.join(folder, name))
                    seen.update(f"{folder}/{name} {facts.st_mtime_ns} {facts.st_size}\n".encode())
    return seen.hexdigest()
