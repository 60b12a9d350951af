"""`./run bench [NAME …]`: each `bench/NAME.py`, on SQLite and on PostgreSQL; its last line is one JSON object.

A benchmark is a program that finds a new, empty database behind DATABASE_URL and PLENIERE_VAR. DATABASE_URL set by
the caller is used alone.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import postgres

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
DURABLE = "-c listen_addresses= -c max_connections=200"  # as installed: a commit is on the disk


def names():
    return sorted(path.stem for path in BENCH.glob("*.py") if not path.stem.startswith("_"))


def run(name, url):
    with tempfile.TemporaryDirectory(prefix="pleniere-bench-") as folder:
        environment = {**os.environ, "PLENIERE_VAR": folder, "PYTHONPATH": str(ROOT)}
        if url:
            environment["DATABASE_URL"] = url
        words = [sys.executable, str(BENCH / f"{name}.py")]
        return subprocess.run(words, cwd=ROOT, env=environment).returncode


def main():
    chosen = sys.argv[1:] or names()
    unknown = [name for name in chosen if name not in names()]
    if unknown:
        print(f"./run: no benchmark {unknown[0]}; there are: {', '.join(names()) or 'none'}", file=sys.stderr)
        sys.exit(2)
    codes = []
    for name in chosen:
        if os.environ.get("DATABASE_URL"):
            codes.append(run(name, os.environ["DATABASE_URL"]))
            continue
        codes.append(run(name, None))
        if postgres.find("initdb"):
            with postgres.throwaway(DURABLE) as url:
                codes.append(run(name, url))
        else:
            print("PostgreSQL is missing; as root: apt-get install postgresql", file=sys.stderr)
    sys.exit(any(codes))


if __name__ == "__main__":
    main()
