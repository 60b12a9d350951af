"""The contact asks, accepts, names guests. By its link, or an agent for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import Link
from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move as change

from .. import letters
from ..models import Ask, Guest, SubBlock
from .frame import lock, plain

MOST_ROOMS, MOST_GUESTS = 2_000, 500


class CannotAnswer(ValueError):
    """Said in words: nothing asked, or what was shown is no longer what is allocated."""


@transaction.atomic
def ask(
    sub_block: SubBlock, rooms: Mapping[tuple[str, date], int], *, remark: str = "", key: str, by: Actor, at: datetime
) -> Ask:
    """So many rooms in all, by type and night. The office is told; what is allocated meanwhile stays. The same `key` twice is once."""
    require(by, "subblock.ask", sub_block)
    sub_block = lock(sub_block)
    known = sub_block.asks.filter(key=key[:64]).first()
    if known is not None:
        return known
    wanted = {cell: count for cell, count in rooms.items() if count}
    if not wanted:
        raise CannotAnswer(_("How many rooms, of which nights?"))
    if any(not 0 < count <= MOST_ROOMS for count in wanted.values()):
        raise CannotAnswer(_("From 0 to %(most)s rooms a night.") % {"most": MOST_ROOMS})
    if max(night for _code, night in wanted) < sub_block.congress.local_date(at):
        raise CannotAnswer(_("These nights are past."))
    cells = [[code, night.isoformat(), count] for (code, night), count in sorted(wanted.items(), key=lambda item: item[0])]
    asked = Ask.objects.create(
        sub_block=sub_block, key=key[:64], rooms=cells, remark=plain(remark, 500), at=at, by=_name(sub_block, by)
    )
    change(sub_block, SubBlock.State.ASKED, SubBlock.MOVES, accepted_at=None, accepted_by="")
    _touched(by, at)
    trace(by, "subblock.asked", sub_block, at=at, after={"rooms": cells})
    letters.asked(sub_block, asked)
    return asked


@transaction.atomic
def accept(sub_block: SubBlock, *, version: int, by: Actor, at: datetime) -> bool:
    """Yes to what is allocated, as it was shown (`version`). True the first time. Raises CannotAnswer if it is another by now."""
    require(by, "subblock.ask", sub_block)
    sub_block = lock(sub_block)
    if sub_block.version != version:
        raise CannotAnswer(_("The bureau has changed it since you opened this page: look again, please."))
    if sub_block.state == SubBlock.State.ACCEPTED:
        return False
    if sub_block.state != SubBlock.State.ALLOCATED:
        raise CannotAnswer(_("There is nothing to accept yet."))
    change(sub_block, SubBlock.State.ACCEPTED, SubBlock.MOVES, accepted_at=at, accepted_by=_name(sub_block, by))
    _touched(by, at)
    trace(by, "subblock.accepted", sub_block, at=at, after={"version": version})
    letters.accepted(sub_block)
    return True


@transaction.atomic
def name_guests(sub_block: SubBlock, words: str, *, by: Actor, at: datetime) -> int:
    """One guest a line: first name; last name; e-mail (or tabs, as a spreadsheet gives them). How many are new. Raises CannotAnswer."""
    require(by, "subblock.ask", sub_block)
    sub_block = lock(sub_block)
    guests = [guest for line in words.replace("\0", "").splitlines() if line.strip() for guest in [_guest(sub_block, line, at)]]
    if not guests:
        raise CannotAnswer(_("Type one guest a line: first name; last name; e-mail."))
    if sub_block.guests.count() + len(guests) > MOST_GUESTS:
        raise CannotAnswer(_("%(most)s guests at most.") % {"most": MOST_GUESTS})
    before = sub_block.guests.count()
    Guest.objects.bulk_create(guests, ignore_conflicts=True)
    _touched(by, at)
    added = sub_block.guests.count() - before
    if added:
        trace(by, "subblock.guests", sub_block, at=at, after={"added": added})
    return added


def _guest(sub_block: SubBlock, line: str, at: datetime) -> Guest:
    words = [word.strip() for word in line.replace("\t", ";").replace(",", ";").split(";")]
    email = next((word for word in words if "@" in word), "")
    names = [word for word in words if word and word != email]
    if len(names) == 1 and " " in names[0]:
        names = names[0].split(" ", 1)
    first, last = (names[0], " ".join(names[1:])) if len(names) > 1 else ("", names[0] if names else email)
    if email:
        try:
            if len(email) > 254:
                raise ValidationError("")
            validate_email(email)
        except ValidationError as error:
            raise CannotAnswer(_("Not an e-mail address: %(lines)s.") % {"lines": email[:60]}) from error
    if not last or len(first) > 80 or len(last) > 80:
        raise CannotAnswer(_("This line is not understood: %(line)s") % {"line": line.strip()[:60]})
    return Guest(sub_block=sub_block, first_name=first, last_name=last, email=email, made_at=at)


@transaction.atomic
def drop_guest(guest: Guest, *, by: Actor, at: datetime) -> None:
    """Take a name off the list; who has registered stays registered."""
    require(by, "subblock.ask", guest.sub_block)
    trace(by, "subblock.guest_dropped", guest.sub_block, at=at, before={"guest": str(guest)})
    guest.delete()


@transaction.atomic
def invite(sub_block: SubBlock, guests: Iterable[Guest], *, by: Actor, at: datetime) -> int:
    """Send each the code and where to register, once each. How many were written to now."""
    require(by, "subblock.ask", sub_block)
    sub_block = lock(sub_block)
    rows = sub_block.guests.filter(pk__in=[guest.pk for guest in guests], invited_at=None).exclude(email="")
    found = list(rows.select_for_update(no_key=True).order_by("pk"))
    for guest in found:
        letters.invited(sub_block, guest)
    Guest.objects.filter(pk__in=[guest.pk for guest in found]).update(invited_at=at)
    _touched(by, at)
    if found:
        trace(by, "subblock.invited", sub_block, at=at, after={"guests": [str(guest) for guest in found][:50]})
    return len(found)


def _name(sub_block: SubBlock, by: Actor) -> str:
    return (sub_block.contact_name if isinstance(by, Link) else str(by))[:160]


def _touched(by: Actor, at: datetime) -> None:
    if isinstance(by, Link):
        links.count_opening(by, at=at)
