"""What `./run` becomes: bring the bureau's folder up to date, serve it, and stop it cleanly.

Two children, the web server and the worker, live and die with this process. Needs no Django itself, so that a second
start is only theirs.
"""

import argparse
import ctypes
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from pleniere.config.guard import AlreadyServed, only_server
from pleniere.config.prepare import ROOT, fingerprint

WEB = ["-m", "gunicorn", "pleniere.config.wsgi", "--preload", "--worker-class", "gthread", "--threads", "4"]
WEB += ["--graceful-timeout", "30", "--log-level", "warning", "--no-control-socket"]
OLD_DEMO = 21 * 24 * 3600  # its dates are relative to the day it was made
DESKS = {"Public pages": "/", "Bureau": "/office/", "Hotels": "/hotel/", "Organisers": "/organiser/", "Delegates": "/my/"}


class Refused(Exception):
    """One clear line for whoever typed the command."""


def say(text=""):
    print(text, flush=True)


def manage(*words, **options):
    return subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True, text=True, **options)


# -- the folder -----------------------------------------------------------------------------------------------------


class Folder:
    """A bureau's folder: its database (unless that is PostgreSQL), files, keys, and marks of what was done to it."""

    def __init__(self, path, is_demo):
        self.path, self.is_demo = path, is_demo
        self.url = os.environ.get("DATABASE_URL", "")
        self.database = None if self.url else path / "pleniere.sqlite3"
        name = hashlib.sha256(self.url.encode()).hexdigest()[:8] if self.url else "sqlite"
        self.demo, self.half_made = path / f"demo-{name}.txt", path / f"demo-{name}.making"
        self.prepared = path / f"prepared-{name}"

    def check(self):
        if not self.database:
            return
        marked = self.demo.exists() or self.half_made.exists()
        if self.is_demo and self.database.exists() and not marked:
            raise Refused(f"{self.path} holds a bureau of its own, not the demo; ./run --empty serves it")
        if not self.is_demo and marked:
            raise Refused(f"{self.path} holds the demo; ./run serves it")

    def clear(self):
        """Away with the demo's database and files; its keys stay."""
        for path in self.path.glob("pleniere.sqlite3*"):
            path.unlink()
        shutil.rmtree(self.path / "files", ignore_errors=True)
        for path in (self.demo, self.half_made, self.prepared):
            path.unlink(missing_ok=True)

    def prepare(self, reset):
        if self.database and self.is_demo and (reset or self.half_made.exists()):
            self.clear()
        now = fingerprint()
        is_same = self.prepared.exists() and self.prepared.read_text() == now
        if is_same and self.database and self.database.exists():
            return
        say("Preparing the database, the translations and the static files …")
        if self.is_demo and self.database and not self.database.exists():
            self.half_made.touch()
        # Another machine may have changed a PostgreSQL that is shared: its tables are looked at each time.
        holds = manage("prepare", *(["--tables"] if is_same and not self.database else []), stdout=subprocess.PIPE).stdout.strip()
        if self.is_demo:
            self.need_demo(holds, reset)
        elif holds == "demo":
            raise Refused("this database holds the demo; ./run serves it")
        self.prepared.write_text(now)

    def need_demo(self, holds, reset):
        if holds == "own":
            raise Refused("this database holds a bureau of its own, not the demo; ./run --empty serves it")
        if holds == "none":
            self.make_demo([])
        elif reset and not self.database:
            self.make_demo(["--reset"])
        elif not self.demo.exists():
            raise Refused("this demo was half made, or made from elsewhere; ./run --reset makes it anew")

    def make_demo(self, options):
        say("Making the demo bureau …")
        began = time.monotonic()
        words = manage("demo", *options, stdout=subprocess.PIPE).stdout
        self.demo.write_text(words.replace(os.environ["PLENIERE_URL"], "{url}"))
        self.half_made.unlink(missing_ok=True)
        say(f"Made in {time.monotonic() - began:.0f} s.")

    def welcome(self, url):
        lines = [f"Plénière is ready: {url}/", ""]
        lines += [f"  {desk:<13} {url}{path}" for desk, path in DESKS.items()]
        if self.is_demo:
            lines += ["", self.demo.read_text().replace("{url}", url).strip()]
            if time.time() - self.demo.stat().st_mtime > OLD_DEMO:
                made = time.strftime("%d/%m/%Y", time.localtime(self.demo.stat().st_mtime))
                lines += ["", f"This demo was made on {made} and its dates have passed: ./run --reset makes it anew."]
        return "\n".join([*lines, "", "Ctrl-C stops it."])


# -- the processes --------------------------------------------------------------------------------------------------


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: nothing is left behind by a kill -9


def start(*words):
    # A group of its own: Ctrl-C reaches this process alone, which then stops the others in order.
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, preexec_fn=die_with_parent, process_group=0)


def check_port(host, port):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(f"cannot serve on port {port}: {error.strerror.lower()}; --port N takes another") from None


def answers(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


class Stopped(Exception):
    """Somebody asked the server to stop."""


def stop_on_signal(number, frame):
    raise Stopped


class Worker:
    """The worker's process, started again when it dies: at once at first, then ever less often."""

    def __init__(self):
        self.pause = 1
        self.begin()

    def begin(self):
        self.process, self.began, self.due = start("manage.py", "work"), time.monotonic(), None

    def look(self):
        now = time.monotonic()
        if self.process.poll() is not None and self.due is None:
            self.pause = 1 if now - self.began > 60 else min(self.pause * 2, 60)
            self.due = now + self.pause
            say(f"The worker ended with code {self.process.returncode}; starting it again in {self.pause} s.")
        elif self.due and now >= self.due:
            self.begin()


def serve(host, port, ready):
    """Run the web server and the worker until a signal, or until the web server ends by itself."""
    workers = os.environ.get("PLENIERE_WEB_WORKERS", "2")
    web = start(*WEB, "--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "--workers", workers)
    worker, is_ready = Worker(), False
    try:
        while web.poll() is None:
            time.sleep(0.2 if is_ready else 0.05)
            worker.look()
            if not is_ready and answers(host, port):
                is_ready = True
                ready()
        raise Refused(f"the web server ended with code {web.returncode}")
    finally:
        stop(web, worker.process)


def stop(*children):
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + 35
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def main():
    parser = argparse.ArgumentParser(prog="./run")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--reset", action="store_true")
    options = parser.parse_args()
    host = os.environ.get("PLENIERE_BIND", "127.0.0.1")
    url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{options.port}"
    os.environ.setdefault("PLENIERE_URL", url)
    folder = Folder(Path(os.environ["PLENIERE_VAR"]), os.environ.get("PLENIERE_DEMO") == "1")
    signal.signal(signal.SIGTERM, stop_on_signal)
    signal.signal(signal.SIGINT, stop_on_signal)
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        with only_server(folder.path, pid=os.getpid(), url=url):
            check_port(host, options.port)
            folder.check()
            folder.prepare(options.reset)
            serve(host, options.port, ready=lambda: say(folder.welcome(os.environ["PLENIERE_URL"])))
    except Stopped:
        say("Stopped.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"./run: manage.py {error.cmd[2]} failed (see above)")
    except (Refused, AlreadyServed) as error:
        sys.exit(f"./run: {error}")


if __name__ == "__main__":
    main()
