"""Stays that change hotel, as the office does it: first shown with every price and letter, then done if nothing differs from what was shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from pleniere.booking.actions import CannotRelocate, LineGone, Move
from pleniere.congress.pricing import NotSold
from pleniere.registration.relocating import RelocationDiffers, rehearse_relocation, relocate_stays
from pleniere.stock.actions import NotEnough
from pleniere.web.forms import Form

from .door import StaffRequest

MOST_LETTERS = 8


def move(
    request: StaffRequest,
    page: dict[str, Any],
    form: Form,
    moves: Sequence[Move],
    *,
    words: Callable[[int], str],
    **facts: Any,
) -> bool:
    """Whether they have moved: then said in `words` of how many. Else `page` holds what it would do, or `form` why it cannot be."""
    shown = request.POST.get("shown", "")
    try:
        if not shown or "look" in request.POST:
            found = rehearse_relocation(moves, **facts)
        else:
            done = relocate_stays(moves, shown=shown, **facts)
            said = words(len(done.moved))
            if done.silent:
                said += " " + _("Without e-mail, to be told by phone:") + " " + ", ".join(str(b) for b in done.silent)
            messages.success(request, said)
            return True
    except RelocationDiffers as error:
        found, page["differs"] = error.now, True
    except (NotEnough, NotSold, LineGone, CannotRelocate) as error:
        form.add_error(None, _in_words(error))
        return False
    page |= {"effect": found, "mails": found.mails[:MOST_LETTERS], "more": max(0, len(found.mails) - MOST_LETTERS)}
    page["borne"] = sum(each.borne for each in found.moved)
    return False


def _in_words(error: Exception) -> str:
    if isinstance(error, NotEnough):
        return _("Not enough rooms there on every one of these nights; nothing has moved.")
    if isinstance(error, NotSold):
        return _("That room has no price on one of these nights; nothing has moved.")
    if isinstance(error, LineGone):
        return _("One of these stays was moved or cancelled meanwhile; nothing has moved.")
    return str(error)
