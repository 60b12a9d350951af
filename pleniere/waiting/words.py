"""Why a line came of the waiting list: kept as a mark in its history, told in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pleniere.accounts.models import Link, actor_name
from pleniere.accounts.rights import Actor

YES = "waiting.yes:"


def yes_of(by: Actor) -> str:
    """The mark of a yes; a link says yes for who it was sent to."""
    return YES if isinstance(by, Link) else f"{YES}{actor_name(by)}"


def in_words(reason: str) -> str:
    """A reason out of a booking's history: ours in words, what somebody typed as it is."""
    if not reason.startswith(YES):
        return reason
    return _("Waiting list: yes of %(who)s") % {"who": reason.removeprefix(YES) or _("the buyer, by the booking’s link")}
