"""Under what names stock knows what is kept around the waiting list: what came free for it, what is offered, what is the office's."""

from __future__ import annotations

from pleniere.stock.actions import Night
from pleniere.stock.models import RESERVE

OFFERED, OFFICE = "wish-", "office-"


def offered(key: str) -> str:
    """Of one offer, until its answer."""
    return f"{OFFERED}{key}"


def of_office(night: Night) -> str:
    """Of the office, on one night."""
    return f"{OFFICE}{night.pool}-{night.service}-{night.day}"


def sort_of(owner: str) -> str:
    """RESERVE, OFFERED or OFFICE; empty for who has nothing to do with the waiting list."""
    return next((sort for sort in (RESERVE, OFFERED, OFFICE) if owner.startswith(sort)), "")
