"""A PostgreSQL of one's own for as long as a block runs: no port, no durability, no trace."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

OPTIONS = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


def find(name):
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return shutil.which(name) or next((str(path / name) for path in versions if (path / name).exists()), None)


@contextmanager
def throwaway(options=OPTIONS):
    """Yield the DATABASE_URL of a new server that is reached through a socket alone and is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pleniere-pg-", dir="/tmp"))  # a socket's path must be short
    as_owner = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        as_owner = ["runuser", "-u", "postgres", "--"]
    data, log = folder / "data", folder / "log"

    def control(*words):
        subprocess.run([*as_owner, find("pg_ctl"), "-D", data, "-w", *words], check=True, cwd="/", stdout=subprocess.DEVNULL)

    try:
        words = ["-D", data, "-A", "trust", "-N", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run([*as_owner, find("initdb"), *words], check=True, cwd="/", stdout=subprocess.DEVNULL)
        control("start", "-l", log, "-o", f"-k {folder} {options}")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
