"""Workers killed in the middle of work, and many at once: nothing is lost, nothing is done twice that was done."""

import collections
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from pleniere.messaging import jobs
from pleniere.messaging.models import Job
from pleniere.messaging.tests import slow_work
from pleniere.messaging.tests.test_outbox import Box, start

pytestmark = pytest.mark.race
JOBS = 12
SET_UP = f"""
from pleniere.accounts.models import Bureau
from pleniere.messaging import jobs
from pleniere.messaging.tests.slow_work import slow
Bureau.objects.create(pk=1, name="Ici", sender="a@example.org", smtp_host="127.0.0.1", smtp_port=PORT, smtp_security="NONE")
for number in range({JOBS}):
    jobs.enqueue(slow, key=f"slow-{{number}}", number=number)
"""
LEFT = """
from pleniere.messaging.models import Job, Message
print(Job.objects.filter(task__contains="slow_work", done_at=None).count(), Message.objects.exclude(state="SENT").count())
"""


def test_workers_killed_amid_jobs_and_mails_lose_and_double_nothing(tmp_path, settings):
    box = Box()
    controller = start(box)
    log = tmp_path / "var" / "slow.log"
    env = {
        **os.environ,
        "PLENIERE_VAR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'work.sqlite3'}",
        "PLENIERE_LEASE": "2",
    }

    def manage(*args):
        command = [sys.executable, str(settings.ROOT / "manage.py"), *args]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def done(*args):
        out, err = (process := manage(*args)).communicate(timeout=90)
        assert process.returncode == 0, err
        return out

    try:
        done("migrate", "-v0")
        done("shell", "-v0", "-c", SET_UP.replace("PORT", str(box.port)))
        workers = [manage("work", "--interval", "0.1") for _ in range(2)]
        deadline = time.monotonic() + 60
        while (not log.exists() or log.read_text().count("begin") < 3) and time.monotonic() < deadline:
            time.sleep(0.02)
        for worker in workers:
            worker.kill()
            worker.communicate()
        assert log.read_text().count("end") < JOBS  # they really died amid work
        time.sleep(2.1)  # their leases run out
        done("work", "--until-idle")
        assert done("shell", "-v0", "-c", LEFT).split() == ["0", "0"]
    finally:
        controller.stop()
    lines = collections.Counter(line.rsplit(" ", 1)[0] for line in log.read_text().splitlines())
    assert all(lines[f"end {number}"] >= 1 for number in range(JOBS))
    assert sum(lines[f"begin {number}"] for number in range(JOBS)) <= JOBS + 2  # only what died in hand began again
    ids = collections.Counter(mail["Message-ID"] for mail in box.mails)
    assert len(ids) == JOBS and sum(ids.values()) <= JOBS + 2


def test_a_worker_told_to_stop_ends_what_it_holds_and_no_more(tmp_path, settings):
    log = tmp_path / "var" / "slow.log"
    env = {
        **os.environ,
        "PLENIERE_VAR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'work.sqlite3'}",
    }
    manage = [sys.executable, str(settings.ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "-v0"], env=env, check=True, timeout=90)
    subprocess.run([*manage, "shell", "-v0", "-c", SET_UP.replace("PORT", "9")], env=env, check=True, timeout=60)
    worker = subprocess.Popen([*manage, "work"], env=env)
    deadline = time.monotonic() + 60
    while (not log.exists() or "end" not in log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.terminate()
    assert worker.wait(timeout=20) == 0
    lines = log.read_text().splitlines()
    assert sum("begin" in line for line in lines) == sum("end" in line for line in lines) < JOBS


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_take_each_job_once():
    for number in range(60):
        jobs.enqueue(slow_work.slow, key=f"n{number}", number=number)
    barrier = threading.Barrier(6)
    now = timezone.now()

    def take(_):
        barrier.wait()
        taken = []
        try:
            while claimed := jobs.claim(now, limit=4):
                taken += [job.pk for job in claimed]
        finally:
            connection.close()
        return taken

    with ThreadPoolExecutor(6) as pool:
        taken = [pk for found in pool.map(take, range(6)) for pk in found]
    assert len(taken) == len(set(taken)) == 60 == Job.objects.filter(attempts=1).count()
