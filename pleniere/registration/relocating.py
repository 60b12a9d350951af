"""Stays moved to other hotels, and everybody told: each guest, the hotel they leave, the hotel that expects them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation

from pleniere.accounts.models import subject_of
from pleniere.accounts.rights import Actor
from pleniere.allotment.actions.asking import contacts_of
from pleniere.booking.actions import Move, Moved, relocate
from pleniere.booking.actions.frame import people_of
from pleniere.booking.models import Booking
from pleniere.catalogue.models import Supplier
from pleniere.congress.models import Congress
from pleniere.messaging import outbox
from pleniere.messaging.models import Message

from .telling import NoAddress, send_update, told_of


@dataclass(frozen=True)
class Relocated:
    """What moved, the mails that tell it, and the bookings whose client has no address."""

    moved: list[Moved]
    mails: list[Message]
    silent: list[Booking]

    @property
    def signature(self) -> str:
        """What the yes names: every amount and every mail as it was shown."""
        money = "|".join(
            f"{m.old.pk}:{m.new.offer_id}:{m.before}:{m.asked}:{m.borne}:{m.kept}:{m.is_against}" for m in self.moved
        )
        return f"{money}#{len(self.mails)}#{len(self.silent)}"


class RelocationDiffers(Exception):
    """What would happen now is not what was shown; nothing was done. `now` is what would."""

    def __init__(self, now: Relocated):
        self.now = now
        super().__init__(now.signature)


@transaction.atomic
def relocate_stays(
    moves: Sequence[Move], *, bears: str, reason: str, word: str, shown: str | None = None, by: Actor, at: datetime
) -> Relocated:
    """Move these stays, all or none, and write to all whom it concerns; `word` is what the guests read first.

    `shown`: the signature of what was shown before the yes. Raises what `relocate` raises, and RelocationDiffers.
    """
    moved = relocate(moves, bears=bears, reason=reason, by=by, at=at)
    mails, silent = [], []
    for booking in {each.booking.pk: each.booking for each in moved}.values():
        try:
            mails.append(send_update(booking, state=told_of(booking).state, word=word, by=by, at=at))
        except NoAddress:
            silent.append(booking)
    mails += _tell_hotels(moved)
    done = Relocated(moved, mails, silent)
    if shown is not None and done.signature != shown:
        raise RelocationDiffers(done)
    return done


def rehearse_relocation(moves: Sequence[Move], **facts: Any) -> Relocated:
    """The same, read and undone: what each would pay, who would bear it, what everybody would read."""
    with transaction.atomic():
        found = relocate_stays(moves, **facts)
        transaction.set_rollback(True)
    return found


def _tell_hotels(moved: Sequence[Moved]) -> list[Message]:
    """One mail to each hotel that loses guests, one to each that gains some; none learns the other's name."""
    people = people_of([each.new for each in moved])
    by_hotel: dict[tuple[bool, Supplier], list[Moved]] = defaultdict(list)
    for each in moved:
        by_hotel[False, each.old.offer.service.supplier].append(each)
        by_hotel[True, each.new.offer.service.supplier].append(each)
    contacts = contacts_of({hotel.pk for _comes, hotel in by_hotel})
    congress = moved[0].booking.congress if moved else None
    found = []
    for (comes, hotel), stays in by_hotel.items():
        contact = contacts.get(hotel.pk)
        if contact is None or congress is None:
            continue
        with translation.override(contact.language):
            rows = [_row(each, comes, [str(person) for person in people[each.new.pk]]) for each in stays]
        found.append(_mail(congress, hotel, comes, rows, stays, to=contact.email, name=contact.name, language=contact.language))
    return found


def _row(each: Moved, comes: bool, names: list[str]) -> dict[str, Any]:
    line = each.new if comes else each.old
    return {
        "names": ", ".join(names) or str(each.booking.client or ""),
        "number": each.booking.number,
        "room": str(line.offer),
        "start": line.start,
        "end": line.end,
        "quantity": line.quantity,
    }


def _mail(
    congress: Congress, hotel: Supplier, comes: bool, rows: list[dict[str, Any]], stays: Sequence[Moved], **who: str
) -> Message:
    first = min(each.new.pk for each in stays)
    return outbox.queue(
        "registration/relocated",
        to=who["to"],
        to_name=who["name"],
        key=f"relocated-{first}-{hotel.pk}-{'in' if comes else 'out'}",
        language=who["language"],
        about=subject_of(congress),
        congress_id=congress.pk,
        congress=congress,
        supplier=hotel,
        comes=comes,
        rows=rows,
        name=who["name"],
    )
