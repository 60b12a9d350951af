"""What the worker does of itself: the cut-off."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging.jobs import periodic

from .actions import release_block
from .models import Block

log = logging.getLogger(__name__)


@periodic("allotment.cutoff", every="hour")
def cut_off() -> int:
    """Give back every block whose cut-off has come where its congress is. One that fails is logged and tried next hour."""
    at, done = timezone.now(), 0
    soon = at.date() + timedelta(days=1)  # no time zone is further than a day away
    blocks = Block.objects.filter(released_at=None, cutoff__lte=soon).select_related("congress").order_by("pk")
    for block in blocks:
        if not block.is_due(block.congress.local_date(at)):
            continue
        try:
            with transaction.atomic():
                release_block(block, key=f"cutoff-{block.cutoff}", is_cutoff=True, by=SYSTEM, at=at)
            done += 1
        except Exception:
            log.exception("cut-off of %s", block)
    return done
