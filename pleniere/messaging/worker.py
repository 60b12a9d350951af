"""The worker's round: what comes again, jobs, mails. Any number may run at once, on any machine that reaches the database."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from . import jobs, sending


def work_once(should_stop: Callable[[], bool] = lambda: False) -> int:
    """One round; how much was taken in hand. 0: there is nothing to do now."""
    now = timezone.now()
    done = jobs.tick(now)
    claimed = jobs.claim(now)
    for place, job in enumerate(claimed):
        if should_stop():
            jobs.give_back(claimed[place:])
            return done + place
        jobs.run(job)
    done += len(claimed)
    return done if should_stop() else done + sending.send_due(timezone.now(), should_stop)
