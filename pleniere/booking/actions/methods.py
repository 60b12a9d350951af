"""Another way to pay, after the order: a card refused becomes a transfer, and the rooms wait for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pleniere.accounts.rights import Actor, require
from pleniere.congress.models import Method
from pleniere.stock.actions import Kind, Wanted, claim

from ..models import Line, Payer
from ..selling import line_nights
from .frame import lines_of, lock, people_of, record
from .options import option_end, option_ends
from .placing import check_caps

State = Line.State


@transaction.atomic
def choose_method(payer: Payer, method: Method, *, by: Actor, at: datetime) -> None:
    """Pay by another means. Rooms held for the card become options for as long as the means allows; options stay as they are.

    Raises NotEnough (the hold was over and a room is gone) and TooManyOptions. A repeat changes nothing.
    """
    require(by, "booking.method", payer)
    booking = lock(payer.booking)
    payer = Payer.objects.select_for_update(no_key=True, of=("self",)).select_related("method", "client").get(pk=payer.pk)
    if payer.method_id == method.pk:
        return
    before = payer.method.kind if payer.method else ""
    Payer.objects.filter(pk=payer.pk).update(method=method)
    mine = set(payer.charges.live().values_list("line", flat=True))
    held = [line for line in lines_of(booking, State.HELD) if payer.number == 1 or line.pk in mine]
    if held and method.kind != Method.Kind.CARD:
        persons = {person.pk for found in people_of(held).values() for person in found}
        check_caps(booking.congress, held, persons=len(persons), email=payer.client.email)
        end = option_end(booking.congress, method, at)
        ends = option_ends(booking.congress, held, end, terms_id=payer.terms_id, at=at)
        claim({line.key: Wanted(Kind.OPTION, ends[line.key], line_nights(line)) for line in held}, at=at)
        for end in set(ends.values()):
            alike = [line.pk for line in held if ends[line.key] == end]
            Line.objects.filter(pk__in=alike).update(state=State.OPTION, until=end)
    record(booking, "payer.method", by=by, at=at, before={"method": before}, after={"method": method.kind})
