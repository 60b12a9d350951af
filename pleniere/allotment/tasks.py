"""What the worker does of itself: the cut-off."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging.jobs import periodic, progress, task
from pleniere.messaging.models import Job

from .actions import release_block, release_step, write_solution
from .cutoffs import due_by
from .models import Block, BlockStep, Scenario
from .queries import problem_of
from .solving import Wishes, solve

log = logging.getLogger(__name__)


@periodic("allotment.cutoff", every="hour")
def cut_off() -> int:
    """Do every step and cut-off whose day has come where its congress is, oldest first: a server that was down catches up in order.

    One that fails is logged and tried next hour; what comes after it of the same block waits for it.
    """
    at, done, stuck = timezone.now(), 0, set[int]()
    soon = at.date() + timedelta(days=1)  # no time zone is further than a day away
    waiting = Exists(BlockStep.objects.filter(block=OuterRef("pk"), done_at=None, on__lte=soon))
    blocks = Block.objects.filter(Q(cutoff__lte=soon) | waiting, released_at=None).select_related("congress")
    for due in due_by(blocks, soon):
        if due.block.pk in stuck or due.on > due.block.congress.local_date(at):
            continue
        try:
            with transaction.atomic():
                if due.step is None:
                    release_block(due.block, key=f"cutoff-{due.block.cutoff}", is_cutoff=True, by=SYSTEM, at=at)
                else:
                    release_step(due.step, by=SYSTEM, at=at)
            done += 1
        except Exception:
            stuck.add(due.block.pk)
            log.exception("cut-off of %s", due.block)
    return done


@task
def solve_scenario(scenario: int, asked: int, job: Job) -> int:
    """Search, then write the scenario. A worker that dies leaves it being computed: the next one begins anew.

    A search that is no longer wanted (stopped, asked anew, thrown away) ends within seconds and writes nothing.
    """
    still = Scenario.objects.filter(pk=scenario, asked=asked, state=Scenario.State.SOLVING)
    found = still.select_related("request__congress").first()
    if found is None:
        return 0
    wishes = Wishes.of(found.wishes)
    told = 0.0

    def watch(seconds: float, gap: float | None) -> bool:
        nonlocal told
        if seconds - told < 1:
            return True
        told = seconds
        progress(job, min(99, int(100 * seconds / max(1, wishes.seconds))), "" if gap is None else f"{gap:.2f}")
        return still.exists()

    solution = solve(problem_of(found.request), wishes, watch)
    write_solution(scenario, asked, solution)
    return sum(solution.rooms.values())
