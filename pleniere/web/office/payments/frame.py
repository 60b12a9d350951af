"""What every page of the payments desk shows: its tabs with what waits in each."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pleniere.accounts.rights import ANYWHERE, can
from pleniere.payment import queries


class Tab(NamedTuple):
    href: str
    title: str
    waiting: int | None
    is_hot: bool
    is_here: bool


def page(request: HttpRequest, here: str, **facts: Any) -> dict[str, Any]:
    """The page's facts beside its tabs."""
    return {"tabs": list(_tabs(request.user, here)), "may": _may(request.user), **facts}


def _tabs(actor: Any, here: str) -> Any:
    waiting = len(queries.in_suspense(actor))
    ending = len(queries.ending_options(actor, at=timezone.now()))
    back = len(queries.overpaid(actor)) + len(queries.bounced(actor)) + queries.odd_notices(actor).count()
    for name, title, count, is_hot in (
        ("office-payments", _("Receipts"), None, False),
        ("office-payments-suspense", _("Waiting for a name"), waiting, True),
        ("office-payments-announced", _("Announced"), queries.announced(actor).count(), False),
        ("office-payments-options", _("Options that end"), ending, True),
        ("office-payments-bank", _("To the bank"), queries.to_remit(actor).count(), False),
        ("office-payments-refunds", _("Refunds and unpaid"), back, True),
    ):
        yield Tab(reverse(name), title, count, is_hot, name == here)


def _may(actor: Any) -> dict[str, bool]:
    verbs = ("receive", "match", "remit", "bounce", "undo", "refund")
    return {verb: can(actor, f"payment.{verb}", ANYWHERE) for verb in verbs} | {"decide": can(actor, "booking.edit", ANYWHERE)}
