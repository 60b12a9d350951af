"""From a line to its stock and its charges: what it claims, what it costs. Reads nothing, writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from pleniere.catalogue.models import Rate
from pleniere.common.nights import days
from pleniere.congress.models import Audience, Offer
from pleniere.congress.pricing import Sale, sell
from pleniere.congress.programme import Programme
from pleniere.stock.actions import Night

from .models import Charge, Line, Payer, Person
from .taxing import LABEL as TAX
from .taxing import taxes_of


def nights_of(offer: Offer, rate: Rate, *, start: date, end: date, quantity: int, heads: int) -> dict[Night, int]:
    """The rows of stock a line takes and how many of each; none when its offer is not counted.

    Rates by night take every night; all else takes its first day. What is sold per person takes a place for each.
    """
    if offer.pool_id is None:
        return {}
    rooms = quantity * (heads if rate.by_person else 1)
    on = days(start, end) if rate.by_night else [start]
    return {Night(offer.pool_id, offer.service_id, day): rooms for day in on}


def line_nights(line: Line) -> dict[Night, int]:
    return nights_of(line.offer, line.rate, start=line.start, end=line.end, quantity=line.quantity, heads=line.heads)


def audience_of(programme: Programme, person: Person | None) -> Audience | None:
    """Whom a person is priced and admitted as: its audience when proved or in need of no proof, else what that falls back to.

    A list and a mail domain are read anew each time: an address taken off no longer proves anything.
    """
    if person is None:
        return programme.default_audience(Audience.Kind.DELEGATE)
    kind = Audience.Kind.COMPANION if person.companion_of_id else Audience.Kind.DELEGATE
    audience = programme.audiences.get(person.audience_id) if person.audience_id else None
    while audience is not None and not (audience.is_free or person.is_proved or audience.is_proved_by_mail(person.email)):
        audience = programme.audiences.get(audience.falls_back_to_id) if audience.falls_back_to_id else None
    return audience or programme.default_audience(kind)


def heads_by_rate(lines: Iterable[Line]) -> Counter[int]:
    """How many take each rate in these lines: what degressive prices are asked of."""
    heads: Counter[int] = Counter()
    for line in lines:
        heads[line.rate_id] += line.quantity * line.heads
    return heads


def sales_of(programme: Programme, line: Line, persons: Sequence[Person], *, on: date, heads: int) -> list[Sale]:
    """What the line costs, priced for the first of its persons; then the tourist tax we collect with it. Raises NotSold."""
    offer = programme.offers.get(line.offer_id) or line.offer
    audience = audience_of(programme, persons[0] if persons else None)
    sales = sell(
        programme,
        offer,
        line.rate,
        start=line.start,
        end=line.end,
        on=on,
        audience=audience,
        quantity=line.quantity,
        persons=line.heads,
        heads=heads,
    )
    return [*sales, *taxes_of(programme, line, persons)]


def charge_of(line: Line, sale: Sale, *, payer: Payer | None, by: object, at: datetime) -> Charge:
    """The frozen row of one run of a line's price, not yet saved."""
    return Charge(
        congress_id=line.congress_id,
        line=line,
        kind=Charge.Kind.DISCOUNT if sale.discount else Charge.Kind.TAX if sale.is_tax else Charge.Kind.SALE,
        discount=sale.discount,
        rate=line.rate,
        label=_label(line, sale),
        start=sale.start,
        end=sale.end,
        units=sale.units,
        unit=sale.unit,
        basis=sale.basis,
        vat=sale.vat,
        total=sale.total,
        payer=payer,
        supplier_id=line.offer.service.supplier_id,
        contract_id=line.offer.contract_id,
        mode=sale.mode,
        bought=sale.bought,
        commission=sale.commission,
        commission_vat=sale.commission_vat,
        made_at=at,
        made_by=str(by)[:160],
    )


def _label(line: Line, sale: Sale) -> dict[str, str]:
    """What was sold, as it is called; of a package, with the part of it."""
    if sale.discount:
        return {code: sale.discount.name.in_language(code) or sale.discount.code for code in ("fr", "en")}
    name = line.rate.name
    if sale.part is None:
        return dict(TAX if sale.is_tax else name)
    return {code: f"{name.in_language(code)} ({sale.part.in_language(code)})" for code in ("fr", "en")}
