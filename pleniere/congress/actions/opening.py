"""Registration opens, closes, and one day is over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move

from ..models import Congress
from ..opening import QUOTE, what_is_missing
from .frame import Refused, tell, touch

State = Congress.State


class NotReady(Refused):
    """Something is missing; `missing` says what, and where it is mended."""

    def __init__(self, missing: list):
        self.missing = missing
        super().__init__(*(each.text for each in missing))


@transaction.atomic
def open_registration(congress: Congress, *, by: Actor, at: datetime, override: str = "") -> bool:
    """The public may order. True for the one who opened it. Raises NotReady with all that is missing.

    `override` gives the reason for opening before the organiser accepted a quote: a team lead's right, and it is traced.
    Nothing else can be overridden: the law, a price, a means of payment.
    """
    require(by, "congress.open", congress)
    congress = _locked(congress)
    missing = [each for each in what_is_missing(congress, at=at) if each.blocks]
    without_quote = any(each.code == QUOTE for each in missing)
    if override.strip() and without_quote:
        require(by, "congress.override", congress)
        missing = [each for each in missing if each.code != QUOTE]
    if missing:
        raise NotReady(missing)
    opened = move(congress, State.OPEN, Congress.MOVES, opened_at=congress.opened_at or at)
    if opened:
        touch(congress)
        after = {"state": State.OPEN, "without_quote": without_quote}
        tell(congress, "congress.opened", congress, by=by, at=at, after=after, reason=override.strip())
    return opened


@transaction.atomic
def close_registration(congress: Congress, *, by: Actor, at: datetime, reason: str = "") -> bool:
    """Nobody orders any more; open carts keep their hold and are told. The office still sells."""
    require(by, "congress.open", congress)
    closed = move(_locked(congress), State.PREPARED, Congress.MOVES)
    if closed:
        touch(congress)
        tell(congress, "congress.closed", congress, by=by, at=at, after={"state": State.PREPARED}, reason=reason)
    return closed


@transaction.atomic
def end_congress(congress: Congress, *, by: Actor, at: datetime) -> bool:
    """It is over: nothing is set up any more. Refused before its last day."""
    require(by, "congress.open", congress)
    congress = _locked(congress)
    if congress.local_date(at) < congress.ends:
        raise Refused(_("The congress is not over before its last day."))
    ended = move(congress, State.OVER, Congress.MOVES)
    if ended:
        touch(congress)
        tell(congress, "congress.over", congress, by=by, at=at, after={"state": State.OVER})
    return ended


def _locked(congress: Congress) -> Congress:
    return Congress.objects.select_for_update(no_key=True).get(pk=congress.pk)
