"""What the worker does of itself: the days on which rooms go back."""

import logging
from datetime import timedelta

from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging.jobs import periodic

from .actions import do_step
from .models import ReturnStep

log = logging.getLogger(__name__)


@periodic("subblock.returns", every="hour")
def give_back() -> int:
    """Every step whose day has come where its congress is, oldest first. One that fails is logged and tried next hour, its later ones after it."""
    at, done, stuck = timezone.now(), 0, set[int]()
    steps = ReturnStep.objects.filter(done_at=None, on__lte=at.date() + timedelta(days=1))
    for step in steps.select_related("sub_block__congress").order_by("on", "pk"):
        if step.sub_block_id in stuck or step.on > step.sub_block.congress.local_date(at):
            continue
        try:
            done += do_step(step, by=SYSTEM, at=at) is not None
        except Exception:
            stuck.add(step.sub_block_id)
            log.exception("return of %s", step.sub_block_id)
    return done
