"""The organiser's account: one booking per congress, whose lines are what an accepted quote says the organiser pays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from pleniere.accounts.models import Client
from pleniere.accounts.rights import SYSTEM
from pleniere.catalogue.models import Rate
from pleniere.common.money import total
from pleniere.congress.models import Congress, Method, Offer
from pleniere.congress.programme import read

from ..models import Booking, Charge, Line, Payer
from ..reference import make
from ..selling import charge_of, sales_of
from .changing import _live_total, cancel_lines
from .frame import facts, lock, record


@dataclass(frozen=True)
class Item:
    """One thing the organiser pays: so many of an offer the office alone sells; `line`: as which it stands already.

    `heads`: persons of each, of what is sold per person. `vat`: as the quote says it; none: as it is priced, part by part.
    """

    offer: Offer
    rate: Rate
    quantity: int
    vat: Decimal | None
    start: date
    end: date
    line: Line | None = None
    heads: int = 1


@transaction.atomic
def set_account(
    congress: Congress, client: Client, items: Sequence[Item], *, gone: Iterable[Line], reason: str, by: str, at: datetime
) -> list[Line]:
    """Firm lines for these items, in their order: new ones made, those that differ struck and charged anew, `gone` cancelled free.

    Called by the floor that accepts: who may say yes is asked there; `by` is who said it. What stands unchanged is not named.
    """
    booking = account_of(congress, congress.organiser or client, at=at)
    payer = _payer(booking, client)
    plan = read(congress)
    cancelled = [line.pk for line in gone if line.state != Line.State.CANCELLED]
    if cancelled:
        cancel_lines(booking, cancelled, fees={}, reason=reason, by=SYSTEM, at=at)
    lines = []
    for item in items:
        line = item.line or Line(congress=congress, booking=booking, offer=item.offer, state=Line.State.FIRM)
        known = facts(line, (), _live_total(line)) if line.pk else None
        line.rate, line.quantity, line.heads, line.start, line.end = item.rate, item.quantity, item.heads, item.start, item.end
        line.payer, line.priced_on = payer, congress.local_date(at)
        line.version += 1 if line.pk else 0
        line.save()
        Charge.objects.live().filter(line=line).update(struck_at=at, struck_by=by[:160])
        sales = sales_of(plan, line, (), on=congress.local_date(at), heads=line.quantity * line.heads)
        charges = [charge_of(line, sale, payer=payer, by=by, at=at) for sale in sales]
        if item.vat is not None:
            for charge in charges:
                charge.vat = item.vat
        Charge.objects.bulk_create(charges)
        after = facts(line, (), total(charge.total for charge in charges))
        verb = "line.changed" if known else "line.added"
        record(booking, verb, line=line, by=by, at=at, reason=reason, before=known, after=after)
        lines.append(line)
    return lines


def account_of(congress: Congress, client: Client, *, at: datetime) -> Booking:
    """The congress's only account, locked; made at the first yes, with the client who gave it."""
    defaults = {"client": client, "language": client.language, "placed_at": at, "confirmed_at": at}
    booking, is_new = Booking.objects.get_or_create(congress=congress, kind=Booking.Kind.MASTER, defaults=defaults)
    if is_new:
        booking.number = f"{booking.pk:08d}"
        booking.search = booking.fold_search(())
        booking.save(update_fields=["number", "search"])
    booking = lock(booking)
    if booking.client_id != client.pk:  # begun by the house, before the organiser said yes
        booking.client = client
        booking.save(update_fields=["client"])
    return booking


def _payer(booking: Booking, client: Client) -> Payer:
    """Who pays what is agreed now; another organiser than before is another payer beside it."""
    payers = list(booking.payers.order_by("number"))
    found = next((payer for payer in payers if payer.client_id == client.pk), None)
    if found is not None:
        return found
    number = len(payers) + 1
    by_transfer = booking.congress.methods.filter(kind=Method.Kind.TRANSFER, is_on=True).first()
    return Payer.objects.create(
        booking=booking,
        number=number,
        reference=make(booking.number or "", number),
        client=client,
        method=by_transfer,
        terms_id=booking.congress.terms_id,
        siret=client.siret,
        service_code=client.service_code,
    )
