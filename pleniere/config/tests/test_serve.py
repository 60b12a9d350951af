"""A bureau's folder, served and stopped for real: one server at a time, stopped in order, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from pleniere.config.guard import AlreadyServed, only_server
from pleniere.config.serve import Folder, Refused

ROOT = Path(__file__).resolve().parents[3]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(folder, port, **environment):
    known = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PLENIERE_DEMO", "PLENIERE_URL")}
    words = [sys.executable, "-m", "pleniere.config.serve", "--port", str(port)]
    return {"args": words, "cwd": ROOT, "env": {**known, "PLENIERE_VAR": str(folder), **environment}, "text": True}


@contextmanager
def served(folder, port):
    process = subprocess.Popen(**command(folder, port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        yield process, "".join(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0


def children(pid):
    rows = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()
    return [int(row) for row in rows]


def is_running(pid):
    return Path(f"/proc/{pid}").exists()


def status(url):
    try:
        return urllib.request.urlopen(url, timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code


def refused(folder, port, **environment):
    done = subprocess.run(**command(folder, port, **environment), capture_output=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("./run: ") and done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.race
def test_a_bureau_is_served_by_one_server_and_stopped_without_a_trace(tmp_path):
    port = free_port()
    with served(tmp_path, port) as (process, words):
        assert f"http://127.0.0.1:{port}/office/" in words
        assert status(f"http://127.0.0.1:{port}/office/") < 500
        assert "is in use by process" in refused(tmp_path, free_port())
        other = tmp_path / "other"
        assert f"port {port}" in refused(other, port)
        below = children(process.pid)
        assert len(below) == 2
    assert not any(is_running(pid) for pid in below)

    began = time.monotonic()
    with served(tmp_path, port) as (process, words):
        assert "Preparing" not in words
        assert time.monotonic() - began < 15  # under three seconds on an idle machine
        web, worker = children(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 40
        while is_running(web) or is_running(worker):
            assert time.monotonic() < deadline, "killed outright, it left its children behind"
            time.sleep(0.1)
        process.returncode = 0


def test_a_second_holder_of_a_folder_is_told_who_has_it(tmp_path):
    with (
        only_server(tmp_path, pid=12, url="http://localhost:8000"),
        pytest.raises(AlreadyServed, match="process 12 at http://localhost:8000"),
        only_server(tmp_path),
    ):
        pass
    with only_server(tmp_path):
        pass


def make_folder(tmp_path, *names, is_demo):
    for name in names:
        (tmp_path / name).touch()
    return Folder(tmp_path, is_demo)


@pytest.fixture(autouse=True)
def on_sqlite(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_the_demo_is_never_made_in_a_bureaus_own_folder(tmp_path):
    folder = make_folder(tmp_path, "pleniere.sqlite3", is_demo=True)
    with pytest.raises(Refused, match="a bureau of its own"):
        folder.check()


def test_the_demo_is_never_served_as_a_bureau_of_ones_own(tmp_path):
    folder = make_folder(tmp_path, "pleniere.sqlite3", "demo-sqlite.txt", is_demo=False)
    with pytest.raises(Refused, match="holds the demo"):
        folder.check()


def test_clearing_the_demo_keeps_its_keys(tmp_path):
    folder = make_folder(tmp_path, "pleniere.sqlite3", "pleniere.sqlite3-wal", "demo-sqlite.txt", is_demo=True)
    for name in ("files", "keys"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one").touch()
    folder.clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys"]


def test_an_old_demo_says_so(tmp_path):
    folder = make_folder(tmp_path, "demo-sqlite.txt", is_demo=True)
    folder.demo.write_text("office: sam@example.com at {url}/office/")
    assert "--reset" not in folder.welcome("http://127.0.0.1:81")
    assert "sam@example.com at http://127.0.0.1:81/office/" in folder.welcome("http://127.0.0.1:81")
    long_ago = time.time() - 40 * 24 * 3600
    os.utime(folder.demo, (long_ago, long_ago))
    assert "./run --reset" in folder.welcome("http://127.0.0.1:81")
