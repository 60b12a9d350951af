"""Draws whose hour is past and that are not drawn: nobody who entered knows anything until somebody acts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from pleniere.accounts.models import User
from pleniere.accounts.rights import can
from pleniere.common.shown import moment
from pleniere.draw.models import Draw

from .items import Item, Section, staffed, url

BY_ITSELF = timedelta(minutes=15)  # the worker draws every five minutes


def stuck(user: User, at: datetime, most: int) -> Section:
    """They wait for the public word, or could not be drawn: a price is lacking, or the time to answer."""
    title = _("Draws that do not happen")
    closed = Q(state=Draw.State.CLOSED) & (Q(draws_at__lte=at - BY_ITSELF) | (Q(public_word="") & ~Q(public_source="")))
    open_still = Q(state=Draw.State.ANNOUNCED, closes_at__lte=at - BY_ITSELF)
    if not can(user, "draw.set"):
        return Section(title, "warn")
    rows = Draw.objects.filter(closed | open_still, congress__in=staffed(user)).select_related("congress")
    items = [
        Item(
            str(draw),
            f"{draw.congress}, {_why(draw, at)}",
            moment(draw.draws_at.astimezone(draw.congress.zone)),
            url("office-draw", draw.congress.code, draw.number),
            "late" if draw.draws_at <= at else "option",
        )
        for draw in rows.order_by("draws_at", "pk")[:most]
    ]
    return Section(title, "warn", items, rows.count(), is_hot=True)


def _why(draw: Draw, at: datetime) -> str:
    if draw.lacks(at) == "WORD" or (draw.public_source and not draw.public_word):
        return _("what the public source says is to be typed")
    return _("a room without a price, or no time to answer: draw it by hand to read which entry")
