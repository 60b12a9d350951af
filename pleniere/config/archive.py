"""A bureau in one file: database, uploaded files and keys, with a manifest of checksums.

`python -m pleniere.config.archive FILE` says whether it holds the demo or a bureau of its own.
"""

import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

FORMAT = 1
MANIFEST = "manifest.json"
FOLDERS = ("files", "keys", "database")
LARGEST_MANIFEST = 50_000_000


class BadArchive(Exception):
    """The archive is not one of ours, or no longer what it was when it was written."""


def write(target, *, folders, facts):
    """Write the archive `target` from `folders` {name: path}. It takes its name only once it is whole."""
    checksums = {}
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it holds keys
    try:
        with os.fdopen(opened, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive:
            for folder, path in folders.items():
                for source in sorted(path.rglob("*")):
                    if source.is_file() and not source.is_symlink():
                        name = f"{folder}/{source.relative_to(path).as_posix()}"
                        checksums[name] = _add(archive, name, source)
            text = json.dumps({"format": FORMAT, **facts, "sha256": checksums}, indent=1).encode()
            member = tarfile.TarInfo(MANIFEST)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return len(checksums)


def _add(archive, name, source):
    """The checksum of what was really written: a file may change between two readings."""
    with tempfile.TemporaryFile() as copy, source.open("rb") as opened:
        shutil.copyfileobj(opened, copy)
        copy.seek(0)
        checksum = hashlib.file_digest(copy, "sha256").hexdigest()
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = copy.tell(), int(source.stat().st_mtime), 0o600
        copy.seek(0)
        archive.addfile(member, copy)
    return checksum


def unpack(source, into):
    """Unpack into the empty folder `into` and return the manifest, or raise BadArchive. Trusts no name in it."""
    found = {}
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = None
            for member in archive:
                if member.name == MANIFEST and member.isreg():
                    manifest = _manifest(archive.extractfile(member).read(LARGEST_MANIFEST))
                else:
                    found[member.name] = _extract(archive, member, into)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadArchive(f"{source} is no archive of a bureau, or is damaged ({error})") from error
    if manifest is None:
        raise BadArchive(f"{source} has no manifest: it is cut short, or not an archive of a bureau")
    if manifest["sha256"] != found:
        wrong = sorted(set(manifest["sha256"].items()) ^ set(found.items()))[0][0]
        raise BadArchive(f"{source} is damaged: {wrong} is not what was written")
    return manifest


def _manifest(text):
    try:
        manifest = json.loads(text)
        known = manifest["format"] == FORMAT and isinstance(manifest["sha256"], dict) and manifest["bureau"] in ("demo", "bureau")
    except (ValueError, KeyError, TypeError) as error:
        raise BadArchive("the manifest cannot be read") from error
    if not known:
        raise BadArchive("the archive was written by another version, or is not a bureau's")
    return manifest


def _extract(archive, member, into):
    path = PurePosixPath(member.name)
    if not member.isreg() or path.is_absolute() or ".." in path.parts or len(path.parts) < 2 or path.parts[0] not in FOLDERS:
        raise BadArchive(f"the archive holds {member.name!r}, which no bureau's archive does")
    target = into / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with archive.extractfile(member) as opened, target.open("xb") as copy:
        shutil.copyfileobj(opened, copy)
    with target.open("rb") as copy:
        return hashlib.file_digest(copy, "sha256").hexdigest()


def read_manifest(source):
    with tempfile.TemporaryDirectory() as folder:
        return unpack(source, Path(folder))


if __name__ == "__main__":
    try:
        print(read_manifest(sys.argv[1])["bureau"])
    except BadArchive as error:
        sys.exit(f"./run: {error}")
