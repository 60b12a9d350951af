"""Rooms offered are kept until the answer, and no longer."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop

from pleniere.common.audits import check
from pleniere.stock.models import Claim

from . import owners
from .models import Proposal


@check(gettext_noop("waiting: what is offered is kept, until its answer and no longer"))
def kept() -> Iterator[str]:
    has: dict[str, dict[str, int]] = {}
    for claim in Claim.objects.filter(owner__startswith=owners.OFFERED).select_related("stock_day"):
        has.setdefault(claim.owner, {})[claim.stock_day.day.isoformat()] = claim.rooms
    offered = {each.owner: each.nights for each in Proposal.objects.filter(state=Proposal.State.OPEN)}
    for owner in sorted({*has, *offered}):
        if has.get(owner, {}) != offered.get(owner, {}):
            yield f"{owner}: kept {has.get(owner, {})}, offered {offered.get(owner, {})}"
