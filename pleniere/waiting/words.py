"""Why a line came of the waiting list, or of the office's own rooms: kept as a mark in its history, told in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pleniere.accounts.models import Link, actor_name
from pleniere.accounts.rights import Actor

YES, KEPT = "waiting.yes:", "waiting.kept:"


def yes_of(by: Actor) -> str:
    """The mark of a yes; a link says yes for who it was sent to."""
    return YES if isinstance(by, Link) else f"{YES}{actor_name(by)}"


def kept_of(by: Actor) -> str:
    """The mark of a room given out of those kept for the office."""
    return f"{KEPT}{actor_name(by)}"


def in_words(reason: str) -> str:
    """A reason out of a booking's history: ours in words, what somebody typed as it is."""
    if reason.startswith(KEPT):
        return _("Of the rooms kept for the office, by %(who)s") % {"who": reason.removeprefix(KEPT)}
    if not reason.startswith(YES):
        return reason
    return _("Waiting list: yes of %(who)s") % {"who": reason.removeprefix(YES) or _("the buyer, by the booking’s link")}
