"""One server per bureau's folder. The kernel frees the lock when its holder dies, however it dies."""

import fcntl
import json
from contextlib import contextmanager
from pathlib import Path


class AlreadyServed(Exception):
    def __init__(self, folder, holder):
        who = f" by process {holder['pid']} at {holder['url']}" if holder else ""
        super().__init__(f"{folder} is in use{who}; stop that server first")


@contextmanager
def only_server(folder, **holder):
    """Hold `folder` for as long as the block runs; `holder` is what the next one is told. Raises AlreadyServed."""
    path = Path(folder) / "server.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyServed(folder, json.loads(lock.read() or "null")) from None
        lock.truncate(0)
        lock.write(json.dumps(holder) if holder else "")
        lock.flush()
        yield
        lock.truncate(0)
