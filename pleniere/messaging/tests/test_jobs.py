"""Work done later: once its transaction has committed, by one worker at a time, again if that one dies, five times at most."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts.models import BureauRole, User
from pleniere.messaging import jobs, leases
from pleniere.messaging.models import Job
from pleniere.messaging.worker import work_once

pytestmark = pytest.mark.django_db
DONE = []


@jobs.task
def note(word, times=1):
    DONE.extend([word] * times)
    return {"word": word}


@jobs.task
def explode():
    raise RuntimeError("out of paper")


@jobs.task
def halfway(job, seen):
    jobs.progress(job, 50, "la moitié")
    DONE.append(Job.objects.get(pk=job.pk).progress)


@pytest.fixture(autouse=True)
def nothing_done():
    DONE.clear()


def test_a_job_is_done_once_and_keeps_its_result():
    job = jobs.enqueue(note, key="n1", word="hello", by="Sam")
    assert jobs.enqueue(note, key="n1", word="again") == job
    work_once()
    work_once()
    job.refresh_from_db()
    assert DONE == ["hello"] and job.result == {"word": "hello"} and job.progress == 100 and job.done_at


def test_a_rolled_back_enqueue_leaves_no_job():
    with pytest.raises(RuntimeError), transaction.atomic():
        jobs.enqueue(note, key="n1", word="never")
        raise RuntimeError
    work_once()
    assert not DONE and not Job.objects.filter(key="n1").exists()


def test_a_job_for_later_waits():
    jobs.enqueue(note, key="later", word="x", run_at=timezone.now() + timedelta(hours=1))
    work_once()
    assert not DONE


def test_it_tells_how_far_it_is():
    jobs.enqueue(halfway, key="h", seen=1)
    work_once()
    assert DONE == [50]


def test_a_failing_job_waits_longer_each_time_and_stops_after_five():
    job = jobs.enqueue(explode, key="e")
    waits = []
    for _ in range(5):
        Job.objects.filter(pk=job.pk).update(leased_until=None)
        before = timezone.now()
        work_once()
        job.refresh_from_db()
        if job.leased_until:
            waits.append(round((job.leased_until - before).total_seconds() / 60))
    assert waits == [2, 4, 8, 16] and job.failed_at and "out of paper" in job.error
    Job.objects.filter(pk=job.pk).update(leased_until=None)
    assert jobs.claim(timezone.now()) == []
    assert jobs.retry(job, at=timezone.now())
    assert [found.pk for found in jobs.claim(timezone.now())] == [job.pk]


def test_a_job_no_code_knows_fails_and_runs_nothing():
    job = jobs.enqueue("os.system", key="evil", command="true")
    work_once()
    job.refresh_from_db()
    assert "UnknownTask" in job.error and not job.done_at


def test_a_dead_workers_job_is_taken_again_and_the_late_one_changes_nothing():
    jobs.enqueue(note, key="n", word="x")
    now = timezone.now()
    (dead,) = jobs.claim(now)
    assert jobs.claim(now) == []
    (heir,) = jobs.claim(now + timedelta(seconds=leases.seconds() + 1))
    assert jobs.run(heir)
    Job.objects.filter(pk=heir.pk).update(result="heir")
    jobs.progress(dead, 10, "I live")
    jobs.run(dead)
    assert Job.objects.get(pk=heir.pk).result == "heir" and Job.objects.get(pk=heir.pk).progress == 100


def test_a_job_that_kills_every_worker_ends_as_failed():
    job = jobs.enqueue(note, key="n", word="x")
    Job.objects.filter(pk=job.pk).update(attempts=5)
    work_once()
    job.refresh_from_db()
    assert job.failed_at and not DONE


def test_told_to_stop_it_gives_back_what_it_has_not_begun():
    for number in range(3):
        jobs.enqueue(note, key=f"n{number}", word="x")
    work_once(lambda: len(DONE) >= 1)
    assert DONE == ["x"]
    assert Job.objects.filter(key__startswith="n", done_at=None, leased_until=None, attempts=0).count() == 2


@pytest.mark.parametrize(
    ("every", "at", "slot"),
    [
        ("hour", datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2027, 3, 28, 0, 0, tzinfo=UTC)),
        ("5 minutes", datetime(2027, 1, 1, 10, 14, 59, tzinfo=UTC), datetime(2027, 1, 1, 10, 10, tzinfo=UTC)),
        ("day at 07:00", datetime(2027, 3, 27, 6, 30, tzinfo=UTC), datetime(2027, 3, 27, 6, 0, tzinfo=UTC)),  # winter
        ("day at 07:00", datetime(2027, 3, 28, 5, 30, tzinfo=UTC), datetime(2027, 3, 28, 5, 0, tzinfo=UTC)),  # summer
        ("day at 07:00", datetime(2027, 3, 28, 4, 30, tzinfo=UTC), datetime(2027, 3, 27, 6, 0, tzinfo=UTC)),
    ],
)
def test_a_slot_begins_at_its_local_hour_however_the_clocks_change(every, at, slot):
    assert jobs.Every("x", every).slot(at) == slot


def test_what_comes_round_runs_once_per_slot_whoever_ticks_and_catches_up_once(monkeypatch):
    monkeypatch.setattr(jobs, "_PERIODIC", {"t": jobs.Every(jobs.name_of(note), "day at 07:00")})
    monday = datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert [jobs.tick(monday), jobs.tick(monday + timedelta(hours=1)), jobs.tick(monday + timedelta(days=4))] == [1, 0, 1]
    assert Job.objects.filter(key__startswith="periodic:t:").count() == 2


def test_an_unknown_rhythm_is_refused_at_once():
    with pytest.raises(ValueError):
        jobs.periodic("x", every="now and then")


def test_looking_takes_no_lock_and_writes_nothing():
    work_once()
    work_once()
    with CaptureQueriesContext(connection) as queries:
        assert work_once() == 0
    reads = ("SELECT", "SAVEPOINT", "RELEASE")  # PostgreSQL looks and takes in one statement, inside an empty transaction
    assert not [q["sql"] for q in queries if not q["sql"].startswith(reads)]


def test_everybody_sees_their_own_jobs_and_an_administrator_all():
    sam, ada = User.objects.create_user("sam@example.org"), User.objects.create_user("ada@example.org")
    BureauRole.objects.create(user=ada, role="ADMIN")
    jobs.enqueue(note, key="s", word="x", by=sam)
    other = User.objects.create_user("olga@example.org")
    assert [Job.objects.visible_to(who).count() for who in (sam, ada, other)] == [1, 1, 0]
