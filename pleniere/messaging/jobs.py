"""Work to do later, as rows: written in the transaction that wants it, done by `manage.py work` after it has committed.

A task may run twice (its worker died before saying it was done), so it is written to bear that: it takes ids, loads, makes
one call under a key. No transaction is open round it; each action it calls opens its own.
"""

from __future__ import annotations

import inspect
import logging
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib import import_module
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from pleniere.accounts.models import User, actor_name
from pleniere.accounts.rights import Actor

from . import leases
from .models import Job
from .words import key_of, without_nul

log = logging.getLogger(__name__)

Task = Callable[..., Any]
_TASKS: dict[str, Task] = {}
_PERIODIC: dict[str, Every] = {}
EVERY = re.compile(r"(?:(?P<minutes>\d+) minutes|hour|day at (?P<hour>\d\d):(?P<minute>\d\d))$")


class UnknownTask(Exception):
    """The row names a function that no code registers (any more)."""


class WorkerLost(Exception):
    """Every worker that began it ended before it was done."""


def task(function: Task) -> Task:
    """Register `function` under its dotted name; only such functions are ever run. A parameter `job` receives the row."""
    _TASKS[name_of(function)] = function
    return function


def name_of(function: Task) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def enqueue(task: Task | str, *, key: str, run_at: datetime | None = None, by: Actor | str = "", **args: Any) -> Job:
    """Do `task(**args)` once this transaction has committed. The same `key` twice is one job."""
    try:
        with transaction.atomic():  # written first, for nearly every key is new
            return Job.objects.create(
                key=key_of(key),
                task=task if isinstance(task, str) else name_of(task),
                args=args,
                run_at=run_at or timezone.now(),
                by=by if isinstance(by, str) else actor_name(by),
                user=by if isinstance(by, User) else None,
            )
    except IntegrityError:
        return Job.objects.get(key=key_of(key))


def progress(job: Job, percent: int, said: str = "") -> None:
    """Tell where it stands; and live on: the lease begins anew. A worker that has lost its lease changes nothing."""
    until = timezone.now() + timedelta(seconds=leases.seconds())
    facts = {"progress": max(0, min(100, percent)), "said": without_nul(said)[:250], "leased_until": until}
    Job.objects.filter(pk=job.pk, attempts=job.attempts, done_at=None).update(**facts)


def retry(job: Job, *, at: datetime) -> bool:
    """Give a failed job its attempts back."""
    facts = {"failed_at": None, "attempts": 0, "leased_until": None, "run_at": at, "error": ""}
    return bool(Job.objects.filter(pk=job.pk, failed_at__isnull=False).update(**facts))


# What comes round again


@dataclass(frozen=True)
class Every:
    """A rhythm: how often, and which of its slots has begun last."""

    task: str
    every: str

    def slot(self, at: datetime) -> datetime:
        """The start of the slot that holds `at`; a day's slot begins at its local hour, however the clocks change."""
        local = timezone.localtime(at)
        found = EVERY.match(self.every)
        assert found, self.every
        if found["hour"]:
            begins = time(int(found["hour"]), int(found["minute"]))
            today = timezone.make_aware(datetime.combine(local.date(), begins))
            return today if today <= at else timezone.make_aware(datetime.combine(local.date() - timedelta(days=1), begins))
        minutes = int(found["minutes"] or 60)
        since_epoch = int(at.timestamp()) // (minutes * 60) * minutes * 60
        return datetime.fromtimestamp(since_epoch, tz=at.tzinfo)


def periodic(name: str, *, every: str) -> Callable[[Task], Task]:
    """Run the function once per slot: every "hour", "day at 07:00" or "5 minutes". A server that was off catches up once."""
    if not EVERY.match(every):
        raise ValueError(every)

    def register(function: Task) -> Task:
        _PERIODIC[name] = Every(name_of(task(function)), every)
        return function

    return register


def tick(at: datetime) -> int:
    """Write the jobs of the slots that have begun; whoever comes first does, the key stops the others."""
    keys = {f"periodic:{name}:{every.slot(at).isoformat()}": (every, every.slot(at)) for name, every in _PERIODIC.items()}
    missing = keys.keys() - set(Job.objects.filter(key__in=keys).values_list("key", flat=True))
    for key in sorted(missing):
        enqueue(keys[key][0].task, key=key, run_at=keys[key][1], by="Plénière")
    return len(missing)


# The worker's side


def claim(at: datetime, limit: int = leases.BATCH) -> list[Job]:
    due = Job.objects.filter(done_at=None, failed_at=None, run_at__lte=at).order_by("run_at", "pk")
    return leases.take(due, at=at, limit=limit)


def give_back(jobs: list[Job]) -> None:
    """Claimed and not begun: as if never claimed."""
    for job in jobs:
        Job.objects.filter(pk=job.pk, attempts=job.attempts).update(leased_until=None, attempts=job.attempts - 1)


def run(job: Job) -> bool:
    """Do it, and say so, unless somebody else has taken it over meanwhile. An error is kept, and tried again later."""
    if job.attempts > leases.ATTEMPTS:  # each worker that took it died of it
        _fail(job, WorkerLost(job.error[-2000:]))
        return False
    try:
        function = _find(job.task)
        args = dict(job.args)
        if "job" in inspect.signature(function).parameters:
            args["job"] = job
        result = function(**args)
    except Exception as error:
        log.warning("job %s failed", job.key, exc_info=True)
        _fail(job, error)
        return False
    facts = {"done_at": timezone.now(), "progress": 100, "leased_until": None, "error": ""}
    _mine(job).update(**facts, result=result if isinstance(result, dict | list | str | int | float) else None)
    return True


def _fail(job: Job, error: Exception) -> None:
    now = timezone.now()
    said = without_nul("".join(traceback.format_exception(error)))[-4000:]
    if job.attempts >= leases.ATTEMPTS:
        _mine(job).update(error=said, failed_at=now, leased_until=None)
    else:
        _mine(job).update(error=said, leased_until=now + leases.pause(job.attempts))


def _mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, attempts=job.attempts, done_at=None)


def _find(name: str) -> Task:
    if name not in _TASKS and name.startswith("pleniere."):
        import_module(name.rpartition(".")[0])
    if name not in _TASKS:
        raise UnknownTask(name)
    return _TASKS[name]
