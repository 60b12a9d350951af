"""The database as one file, and back: SQLite by its own backup call, PostgreSQL by its own programs."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection
from psycopg.conninfo import make_conninfo

RENEW = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
ADDRESS = ("host", "port", "user", "dbname", "service", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey")


def is_sqlite():
    return connection.vendor == "sqlite"


def holds_data():
    """Looks without making the file that it looks for."""
    if is_sqlite():
        return Path(connection.settings_dict["NAME"]).exists()
    return "django_migrations" in connection.introspection.table_names()


def dump(folder):
    """Write the database below `folder`, as it stood at one instant, while others go on writing."""
    if is_sqlite():
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as live,
            closing(sqlite3.connect(folder / "sqlite3")) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    else:
        _postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={folder / 'postgresql'}")


def check(folder):
    """Refuse, before anything is overwritten, a dump that this database cannot take."""
    path = folder / ("sqlite3" if is_sqlite() else "postgresql")
    if not path.exists():
        other = "PostgreSQL" if is_sqlite() else "SQLite"
        raise CommandError(f"the archive holds a {other} database; set DATABASE_URL to one of the same kind")
    if is_sqlite():
        with closing(sqlite3.connect(path)) as copy:
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise CommandError("the archive's database is damaged")
    else:
        _postgres("pg_restore", "--list", str(path), connect=False)


def load(folder):
    connection.close()
    if is_sqlite():
        name = Path(connection.settings_dict["NAME"])
        for journal in (f"{name}-wal", f"{name}-shm"):
            Path(journal).unlink(missing_ok=True)
        shutil.move(folder / "sqlite3", name)
        return
    script = folder / "script.sql"
    _postgres("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(folder / "postgresql"), connect=False)
    lines = script.read_text().splitlines(keepends=True)
    script.write_text(RENEW + "".join(line for line in lines if not line.startswith("CREATE SCHEMA public")))
    _postgres(
        "psql",
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        f"--file={script}",
    )


def _postgres(program, *options, connect=True):
    path = find_program(program)
    if not path:
        raise CommandError(f"{program} is missing; as root: apt-get install postgresql-client")
    facts = connection.get_connection_params()
    secret = {"PGPASSWORD": facts["password"]} if facts.get("password") else {}  # not for the list of processes
    address = {name: facts[name] for name in ADDRESS if facts.get(name)}
    words = [path, *(["--dbname", make_conninfo(**address)] if connect else []), *options]
    done = subprocess.run(words, env=os.environ | secret, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()}")


def find_program(name):
    """On PATH or, as Debian lays it, in the newest version's own folder."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return shutil.which(name) or next((str(path / name) for path in reversed(versions) if (path / name).exists()), None)
