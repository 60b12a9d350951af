"""`./run test`: every check and every test, on SQLite and on PostgreSQL; the last line holds the totals."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import check
import postgres

ROOT = Path(__file__).resolve().parent.parent
# What the tests need beside Python, and how to know that it is there: Debian package → test.
MACHINE = {
    "chromium": lambda: shutil.which("chromium"),
    "fonts-dejavu-core": lambda: any(Path(folder).is_dir() for folder in ("/usr/share/fonts", "/usr/local/share/fonts")),
    "gettext": lambda: shutil.which("xgettext"),
    "postgresql": lambda: postgres.find("initdb") and postgres.find("pg_ctl"),
}
PARALLEL = ["-n", "auto", "--maxprocesses", "8"]
QUICK, RACE, BROWSER = "not race and not browser", "race", "browser"


def install(packages):
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], env=environment, stdout=subprocess.DEVNULL)
    subprocess.run([*apt, "-y", "install", "--no-install-recommends", *packages], env=environment, stdout=subprocess.DEVNULL)


def missing():
    """The packages this machine lacks, after an attempt to install them where that is allowed."""
    lacking = [package for package, is_there in MACHINE.items() if not is_there()]
    if lacking and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing", *lacking, "…", flush=True)
        install(lacking)
        lacking = [package for package in lacking if not MACHINE[package]()]
    return lacking


class Report:
    """Totals over all parts, and a line for each."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lines = []

    def add(self, title, began, passed, failed, skipped):
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped
        self.lines.append(
            f"{title:<32} {passed:>5} passed {failed:>4} failed {skipped:>4} skipped {time.monotonic() - began:>6.0f} s"
        )

    def pytest(self, title, database, marks, *options):
        print(f"\n== {title}", flush=True)
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "PLENIERE_VAR": folder, "PYTHONPATH": str(ROOT)}
            environment.pop("DATABASE_URL", None)
            if database == "sqlite file":
                environment["PLENIERE_TEST_FILE"] = f"{folder}/test.sqlite3"
            elif database != "sqlite":
                environment["DATABASE_URL"] = database
            result = Path(folder) / "result.xml"
            words = [sys.executable, "-m", "pytest", "-m", marks, "-rfEs", f"--junitxml={result}", *options]
            code = subprocess.run(words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL).returncode
            self.add(title, began, *_count(result, code))

    def close(self, lacking, is_partial):
        print("\n== Summary")
        print("\n".join(self.lines))
        if lacking:
            print("Not run for want of:", ", ".join(lacking), "— as root: apt-get install", *lacking)
            if not is_partial:
                self.failed += len(lacking)
        if not self.passed and not self.failed:
            print("No test ran at all.")
            self.failed += 1
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return bool(self.failed)


def _count(result, code):
    if not result.exists():
        return 0, 0 if code == 5 else 1, 0  # 5: no test carries these marks
    suites = ElementTree.parse(result).getroot().iter("testsuite")
    counts = [{name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")} for suite in suites]
    failed = sum(count["failures"] + count["errors"] for count in counts)
    skipped = sum(count["skipped"] for count in counts)
    passed = sum(count["tests"] for count in counts) - failed - skipped
    if code not in (0, 5) and not failed:  # it broke off, or could not even collect
        failed = 1
    return max(passed, 0), failed, skipped


@contextmanager
def database_or_nothing(lacking):
    if "postgresql" in lacking:
        yield None
    else:
        with postgres.throwaway() as url:
            yield url


def main():
    is_partial = "--partial" in sys.argv
    lacking = missing()
    report = Report()
    print("== Checks", flush=True)
    began = time.monotonic()
    results = check.run(report=lambda line: print(line, flush=True))
    report.add("checks", began, *map(len, results))

    report.pytest("SQLite in memory", "sqlite", QUICK, *PARALLEL)
    report.pytest("SQLite file: races", "sqlite file", RACE)
    if "chromium" not in lacking:
        report.pytest("SQLite file: browser", "sqlite file", BROWSER, "-n", "2")
    with database_or_nothing(lacking) as url:
        if url:
            report.pytest("PostgreSQL", url, QUICK, *PARALLEL)
            report.pytest("PostgreSQL: races", url, RACE)
            if "chromium" not in lacking:
                report.pytest("PostgreSQL: browser", url, BROWSER, "-n", "2")
    sys.exit(report.close(lacking, is_partial))


if __name__ == "__main__":
    main()
