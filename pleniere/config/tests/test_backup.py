"""A backup is worth what its restore gives back: tried on the kind of database the suite runs on."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
import uuid
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from pleniere.config import archive
from pleniere.config.guard import only_server

ROOT = Path(__file__).resolve().parents[3]
COUNT = "from pleniere.accounts.models import Bureau; print(*Bureau.objects.values_list('name', flat=True), sep='|')"


class House:
    """A bureau's folder and database, reached as an operator would: by commands."""

    def __init__(self, folder, url):
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PLENIERE_DEMO")}
        self.environment |= {"PLENIERE_VAR": str(folder)} | ({"DATABASE_URL": url} if url else {})

    def manage(self, *words, code=0):
        words = [sys.executable, "manage.py", *map(str, words)]
        done = subprocess.run(words, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def name_bureau(self, name):
        words = (
            f"from pleniere.accounts.models import Bureau; Bureau.objects.update_or_create(pk=1, defaults={{'name': {name!r}}})"
        )
        self.manage("shell", "--no-imports", "-c", words)

    def names(self):
        return self.manage("shell", "--no-imports", "-c", COUNT).strip()


@contextmanager
def postgres_database():
    """A database of its own beside the suite's: a restore replaces everything in it."""
    facts = connection.settings_dict
    name = f"restore_{uuid.uuid4().hex[:8]}"
    address = {"host": facts["HOST"] or facts["OPTIONS"].get("host"), "user": facts["USER"], "port": facts["PORT"] or None}
    with psycopg.connect(dbname="postgres", autocommit=True, password=facts["PASSWORD"] or None, **address) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"postgresql://{facts['USER']}:{facts['PASSWORD']}@/{name}?host={address['host']}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def house(tmp_path_factory, django_db_setup):
    folder = tmp_path_factory.mktemp("house") / "var"
    with postgres_database() if connection.vendor == "postgresql" else nullcontext("") as url:
        house = House(folder, url)
        assert "nothing to back up" in house.manage("backup", code=1)
        house.manage("migrate", "-v0")
        yield house


def test_what_was_backed_up_comes_back_and_what_came_later_is_kept_aside(house, tmp_path):
    target = tmp_path / "saved.tar.gz"
    house.name_bureau("Office de Saint-Étienne")
    (house.folder / "files").mkdir()
    (house.folder / "files" / "plan.pdf").write_bytes(b"as it was")
    key = (house.folder / "keys" / "seal_keys").read_text()
    house.manage("backup", target)
    assert target.stat().st_mode & 0o077 == 0

    house.name_bureau("Somebody else")
    (house.folder / "files" / "plan.pdf").write_bytes(b"changed")
    (house.folder / "files" / "later.pdf").write_bytes(b"later")
    (house.folder / "keys" / "seal_keys").write_text("lost")
    assert "--yes" in house.manage("restore", target, code=1)

    house.manage("restore", target, "--yes")
    assert house.names() == "Office de Saint-Étienne"
    assert [path.name for path in (house.folder / "files").iterdir()] == ["plan.pdf"]
    assert (house.folder / "files" / "plan.pdf").read_bytes() == b"as it was"
    assert (house.folder / "keys" / "seal_keys").read_text() == key
    aside = next(house.folder.glob("before-*"))
    assert (aside / "files" / "later.pdf").read_bytes() == b"later"

    if not house.environment.get("DATABASE_URL"):
        elsewhere = House(tmp_path / "elsewhere", "")
        elsewhere.manage("restore", target)
        assert elsewhere.names() == "Office de Saint-Étienne"


def test_a_restore_waits_for_the_server_to_stop_and_refuses_what_is_damaged(house, tmp_path):
    target = tmp_path / "saved.tar.gz"
    house.name_bureau("Office")
    house.manage("backup", target)
    with only_server(house.folder, pid=1, url="http://127.0.0.1:8000"):
        assert "stop that server first" in house.manage("restore", target, "--yes", code=1)
    whole = target.read_bytes()
    target.write_bytes(whole[:-200])
    assert "damaged" in house.manage("restore", target, "--yes", code=1)
    assert house.names() == "Office"
    for number, damaged in enumerate((whole[: len(whole) // 2], b"", b"not an archive")):
        target.write_bytes(damaged)
        with pytest.raises(archive.BadArchive):
            archive.unpack(target, tmp_path / str(number))


def test_sqlite_is_copied_as_it_stood_while_others_write(tmp_path):
    house = House(tmp_path / "var", "")
    house.folder.mkdir()
    path = house.folder / "pleniere.sqlite3"
    with closing(sqlite3.connect(path)) as setup:
        setup.execute("CREATE TABLE pair (side TEXT, n INTEGER)")
        setup.execute("INSERT INTO pair VALUES ('left', 0), ('right', 0)")
        setup.commit()
    done = threading.Event()

    def write():
        with closing(sqlite3.connect(path, timeout=20)) as writer:
            while not done.is_set():
                writer.execute("UPDATE pair SET n = n + 1 WHERE side = 'left'")
                writer.execute("UPDATE pair SET n = n + 1 WHERE side = 'right'")
                writer.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        house.manage("backup", tmp_path / "saved.tar.gz")
    finally:
        done.set()
        thread.join()
    archive.unpack(tmp_path / "saved.tar.gz", tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / "database" / "sqlite3")) as copy:
        left, right = (n for (n,) in copy.execute("SELECT n FROM pair ORDER BY side"))
    assert left == right > 0


# -- archives that cannot be trusted


def make_archive(path, members, manifest=True):
    facts = {"format": 1, "bureau": "bureau", "made_at": "", "sha256": {}}
    with tarfile.open(path, "w:gz") as opened:
        for name, body, kind in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(body), kind, "/etc/passwd"
            opened.addfile(member, io.BytesIO(body))
        if manifest:
            text = json.dumps(facts).encode()
            member = tarfile.TarInfo("manifest.json")
            member.size = len(text)
            opened.addfile(member, io.BytesIO(text))


@pytest.mark.parametrize(
    "member",
    [
        ("../outside", b"x", tarfile.REGTYPE),
        ("files/../../outside", b"x", tarfile.REGTYPE),
        ("/tmp/outside", b"x", tarfile.REGTYPE),
        ("elsewhere/file", b"x", tarfile.REGTYPE),
        ("files/link", b"", tarfile.SYMTYPE),
        ("files/link", b"", tarfile.LNKTYPE),
        ("files/device", b"", tarfile.CHRTYPE),
        ("files/unlisted", b"x", tarfile.REGTYPE),
    ],
)
def test_an_archive_with_anything_else_in_it_is_refused(tmp_path, member):
    make_archive(tmp_path / "bad.tar.gz", [member])
    with pytest.raises(archive.BadArchive):
        archive.unpack(tmp_path / "bad.tar.gz", tmp_path / "out")
    assert not (tmp_path / "outside").exists()
    assert not list((tmp_path / "out").rglob("link"))


def test_a_changed_file_in_an_archive_is_noticed(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "one").write_bytes(b"one")
    archive.write(tmp_path / "good.tar.gz", folders={"files": tmp_path / "files"}, facts={"bureau": "demo", "made_at": ""})
    assert archive.read_manifest(tmp_path / "good.tar.gz")["bureau"] == "demo"
    manifest = archive.read_manifest(tmp_path / "good.tar.gz")
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as opened:
        for name, body in {"files/one": b"two", "manifest.json": json.dumps(manifest).encode()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            opened.addfile(member, io.BytesIO(body))
    with pytest.raises(archive.BadArchive, match="files/one"):
        archive.read_manifest(tmp_path / "bad.tar.gz")
