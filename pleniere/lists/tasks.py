"""What the worker does of itself: the weekly sending of lists."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging.jobs import periodic

from .actions import last_due, send_list, slot_of
from .models import ListRun, Subscription

log = logging.getLogger(__name__)


@periodic("lists.weekly", every="hour")
def send_weekly() -> int:
    """Send each list whose weekday has come, once per slot; a server that was off sends the last one it missed."""
    return send_due(timezone.now())


def send_due(at: datetime) -> int:
    due: dict[tuple[int, str], list[Subscription]] = {}
    rows = Subscription.objects.filter(is_on=True, weekday__isnull=False).select_related("definition__congress")
    for subscription in rows.order_by("pk"):
        moment = last_due(subscription, at=at)
        if moment is not None:
            due.setdefault((subscription.definition_id, slot_of(moment)), []).append(subscription)
    done = set(ListRun.objects.filter(definition__in={pk for pk, _slot in due}).values_list("definition", "slot"))
    sent = 0
    for (pk, slot), subscriptions in due.items():
        if (pk, slot) in done:
            continue
        try:
            with transaction.atomic():
                send_list(subscriptions[0].definition, slot=slot, to=subscriptions, by=SYSTEM, at=at)
            sent += 1
        except Exception:
            log.exception("list %s, slot %s", pk, slot)
    return sent
