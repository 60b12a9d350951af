"""A task slow enough to be killed in the middle of, which leaves a line for each begin and each end."""

import os
import time

from django.conf import settings

from pleniere.messaging import jobs, outbox


@jobs.task
def slow(number):
    _note(f"begin {number}")
    time.sleep(0.2)
    outbox.queue("messaging/test", to=f"p{number}@example.org", key=f"slow-{number}", asked_by="Sam")
    _note(f"end {number}")


def _note(line):
    with open(settings.VAR / "slow.log", "a") as log:
        log.write(f"{line} {os.getpid()}\n")
