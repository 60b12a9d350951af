"""Run of house: a room sold before its hotel is known, stocked by moving hotels' rooms into a placeholder's row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.actions.services import SLEEPS, room_rate, room_service
from pleniere.catalogue.models import Contract, Rate, Service, Supplier
from pleniere.congress.actions import PriceRow, make_offer, set_prices
from pleniere.congress.models import Congress, Offer, Step
from pleniere.stock.actions import Night, NotEnough
from pleniere.stock.moving import CannotMove, Shift, move

from .. import house
from .allocating import TooFew
from .frame import Refused

NAME = "Hôtel à désigner"


@transaction.atomic
def make_house(
    congress: Congress, room_type: str, amount: Decimal, *, supplier: Supplier | None = None, by: Actor, at: datetime
) -> Offer:
    """Sell a room of this type, at this price a night with breakfast, in a hotel named later. One per type and placeholder (Refused)."""
    require(by, "subblock.assign", congress)
    if room_type not in SLEEPS:
        raise Refused(_("Which type of room?"))
    pool = congress.pools.filter(parent=None, code="CONGR").first() or congress.pools.filter(parent=None).first()
    step = congress.steps.filter(kind=Step.Kind.LODGING).order_by("position", "pk").first()
    if pool is None or step is None:
        raise Refused(_("This congress has no stock yet: retain rooms first."))
    supplier = supplier or Supplier.objects.filter(kind=Supplier.Kind.PLACEHOLDER, retired_at=None).order_by("pk").first()
    if supplier is None:
        facts = {"kind": Supplier.Kind.PLACEHOLDER, "name": NAME}
        supplier, _is_new = Supplier.objects.get_or_create(code="RUNOFHOUSE", defaults=facts)
    if supplier.retired_at is not None:
        raise Refused(
            _("The placeholder “%(code)s” is retired: bring it back among the suppliers first.") % {"code": supplier.code}
        )
    if supplier.kind != Supplier.Kind.PLACEHOLDER:
        raise Refused(_("Run of house is sold under a placeholder, never under a hotel’s own name."))
    if not supplier.contracts.filter(retired_at=None).exists():
        Contract.objects.create(supplier=supplier, code="std", mode=Contract.Mode.AGENT)
    service = room_service(supplier, room_type)
    rates = [room_rate(service, persons, Rate.Board.BREAKFAST) for persons in range(1, min(2, SLEEPS[room_type]) + 1)]
    for rate in rates:
        set_prices(congress, rate, [PriceRow(amount, pool=pool)], by=by, at=at)
    offer = make_offer(step, service, pool=pool, by=by, at=at)
    trace(by, "subblock.house_made", congress, at=at, after={"room": room_type, "amount": f"{amount:.2f}"})
    return offer


@transaction.atomic
def fill_house(offer: Offer, rooms: Mapping[tuple[int, date], int], *, key: str, by: Actor, at: datetime) -> int:
    """Leave run of house with so many rooms of these hotels' services, night by night: more are lent, fewer go home.

    The same `key` twice is once. How many rooms moved. Raises TooFew in words, and nothing has moved then.
    """
    require(by, "subblock.assign", offer.congress)
    Congress.objects.select_for_update(no_key=True).get(pk=offer.congress_id)
    assert offer.pool_id is not None
    has = {(lent.service.pk, night): count for lent in house.grid(offer).rows for night, count in lent.lent.items()}
    shifts = []
    for (service, night), count in sorted(rooms.items()):
        more = count - has.get((service, night), 0)
        own, here = Night(offer.pool_id, service, night), Night(offer.pool_id, offer.service_id, night)
        if more:
            shifts.append(Shift(own, here, more) if more > 0 else Shift(here, own, -more))
    if not shifts:
        raise Refused(_("Nothing changes: these rooms are what it has already."))
    try:
        moved = move(
            shifts, key=f"house-{offer.pk}-{key}"[:70], by=by, at=at, congress_id=offer.congress_id, reason="run of house"
        )
    except NotEnough as error:
        lacking = error.nights[0]
        hotel = Service.objects.select_related("supplier").get(pk=lacking.service).supplier
        facts = {"hotel": hotel, "night": lacking.day.strftime("%d/%m")}
        raise TooFew(_("%(hotel)s, %(night)s: not so many are free.") % facts) from error
    except CannotMove as error:
        raise TooFew(_("These rooms cannot move there.")) from error
    if moved:
        after = {"rooms": [[s.source.service, s.target.service, s.source.day.isoformat(), s.rooms] for s in shifts]}
        trace(by, "subblock.house_filled", offer.congress, at=at, after=after)
    return sum(shift.rooms for shift in shifts) if moved else 0
