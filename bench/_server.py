"""The product as `./run` serves it, on a port of its own: two web processes, one worker; and the CPU that each has used."""

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served():
    """Yield the server: `url`, `cpu()`, `memory()`."""
    from pleniere.config import serve

    port = free_port()
    os.environ["PLENIERE_URL"] = f"http://127.0.0.1:{port}"
    words = [*serve.WEB, "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    web, worker = serve.start(*words), serve.start("manage.py", "work")
    try:
        deadline = time.monotonic() + 60
        while not serve.answers("127.0.0.1", port):
            if web.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port}", web.pid, worker.pid)
    finally:
        for child in (web, worker):
            child.send_signal(signal.SIGTERM)
        for child in (web, worker):
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()


class Server:
    def __init__(self, url, web, worker):
        self.url, self.web, self.worker = url, web, worker

    def cpu(self):
        """Seconds of CPU so far: web, worker, database."""
        return {"web": tree_cpu(self.web), "worker": tree_cpu(self.worker), "database": database_cpu()}

    def memory(self):
        """MiB that the web processes and the worker hold, each page counted once (PSS)."""
        return sum(_pss(pid) for root in (self.web, self.worker) for pid in tree(root)) / 1024


def tree(pid):
    found, todo = [], [pid]
    while todo:
        each = todo.pop()
        found.append(each)
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def tree_cpu(pid):
    """Seconds used by a process, its children, and those of them that have ended and were waited for."""
    total = 0
    for each in tree(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(fields[n]) for n in (11, 12, 13, 14))
    return total / TICK


def database_cpu():
    """Seconds used by all of PostgreSQL's processes, when they run here; SQLite works inside ours."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0.0
    return tree_cpu(parent)


def own_cpu():
    """Seconds of this process and of the database: what a piece of work costs in all."""
    return time.process_time() + database_cpu()


def _pss(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
