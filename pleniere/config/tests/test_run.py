"""The command `./run` itself: what it refuses, it refuses in one line and at once."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(*words, **environment):
    return subprocess.run(
        [ROOT / "run", *words], env={**os.environ, **environment}, capture_output=True, text=True, cwd="/", timeout=60
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--bogus"],
        ["--port"],
        ["--port", "abc"],
        ["--port", "0"],
        ["--port=70000"],
        ["--port", "99999999999999999999"],
        ["frobnicate"],
        ["serve", "now"],
        ["check", "--fast"],
        ["test", "--fast"],
        ["test", "--reset"],
        ["--reset", "test"],
        ["--empty", "--reset"],
        ["backup", "a", "b"],
        ["backup", "--bogus"],
        ["restore"],
        ["restore", "/nowhere/at/all"],
        ["restore", "a", "b"],
    ],
)
def test_what_it_does_not_know_is_one_clear_line(words):
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("./run: ")
    assert done.stderr.count("\n") == 1


def test_help_names_every_word():
    done = run("--help")
    assert done.returncode == 0
    for word in (
        "test",
        "check",
        "backup",
        "restore",
        "manage",
        "bench",
        "--port",
        "--reset",
        "--empty",
        "--partial",
        "DATABASE_URL",
    ):
        assert word in done.stdout


def test_without_python_it_says_what_to_install(tmp_path):
    """Run as somebody without rights, on a machine whose PATH has no Python."""
    for name in ("cksum", "cat", "dirname", "sed", "sh"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    copy = tmp_path / "clone"
    copy.mkdir()
    for name in ("run", "requirements.lock"):
        (copy / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(["/bin/sh", copy / "run"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "apt-get install python3 python3-venv" in done.stderr
