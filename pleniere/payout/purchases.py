"""What we buy that no delegate asked for: covers guaranteed, a coach, guides, a hall, a penalty for rooms that stayed empty.

Each is a line of the organiser's account that the house pays and nobody is asked for: so it is owed, paid, posted and counted in the margin like all else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import Bureau, Client, actor_name
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions import Item, cancel_lines, change_line, set_account
from pleniere.booking.models import Charge, Line
from pleniere.catalogue.models import Contract, Rate, Service, Supplier, Vat
from pleniere.common.money import MOST, ZERO, cents, total
from pleniere.common.nights import DAY
from pleniere.common.shown import day
from pleniere.common.words import LocalText
from pleniere.congress.actions import touch
from pleniere.congress.models import Congress, Offer, Price, Step

from .models import Purchase

FINAL = timedelta(days=8)  # before the day: the usual last word on how many eat
CONTRACT = "achat"
STEP = "organiser-account"
MOST_UNITS = 100_000


class CannotBuy(ValueError):
    """Said in words: a number, a price or a day that makes no sense, what is settled already."""


@dataclass(frozen=True)
class Order:
    """What is bought: `persons`, one unit for `per` of them (none: as many units as `persons` says), at `unit` each, VAT included."""

    kind: str
    label: str
    day: date
    persons: int
    unit: Decimal
    vat: str = "standard"
    per: int | None = None
    last: date | None = None
    final_on: date | None = None
    note: str = ""

    @property
    def units(self) -> int:
        return units_of(self.persons, self.per)


def units_of(persons: int, per: int | None) -> int:
    """One guide for 25: 26 persons take two."""
    return -(-persons // per) if per else persons


@transaction.atomic
def buy(congress: Congress, supplier: Supplier, order: Order, *, key: str, by: Actor, at: datetime) -> Purchase:
    """Guarantee it to the supplier: from now on it is owed, whoever comes. The same `key` twice is one. Raises CannotBuy."""
    require(by, "payout.buy", congress)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=congress.pk)
    known = Purchase.objects.filter(key=key).first()
    if known is not None:
        return known
    _check(congress, supplier, order)
    offer, rate = _offered(congress, supplier, order)
    end = (order.last or order.day) + DAY
    item = Item(offer, rate, order.units, None, order.day, end)
    (line,) = set_account(congress, the_house(), [item], gone=(), reason=order.label, by=actor_name(by), at=at)
    touch(congress)
    if order.kind == Purchase.Kind.ATTRITION:
        Line.objects.filter(pk=line.pk).update(is_penalty=True)
        Charge.objects.filter(line=line).update(kind=Charge.Kind.PENALTY)
    facts = {"kind": order.kind, "persons": order.persons, "per": order.per, "final_on": _final_on(order), "note": order.note}
    made = Purchase.objects.create(congress=congress, line=line, supplier=supplier, key=key, guaranteed=order.units, **facts)
    trace(by, "purchase.made", congress, at=at, after=_said(made, order.label))
    return made


@transaction.atomic
def count(purchase: Purchase, persons: int, *, by: Actor, at: datetime) -> Purchase:
    """The number, told to the supplier: final from its day on, when it can only grow: what was said is billed even if fewer come.

    Never below what was guaranteed. Raises CannotBuy.
    """
    require(by, "payout.buy", purchase)
    purchase = _locked(purchase)
    _check_open(purchase)
    units = units_of(persons, purchase.per)
    if not 0 < units <= MOST_UNITS or purchase.line.is_penalty:
        raise CannotBuy(_("This number makes no sense."))
    if units < purchase.guaranteed:
        raise CannotBuy(_("%(n)d are guaranteed: they are billed even if fewer come.") % {"n": purchase.guaranteed})
    today = purchase.congress.local_date(at)
    if purchase.final_on and today > purchase.final_on and units < purchase.line.quantity:
        raise CannotBuy(_("The final number was due on %(day)s: it can only grow.") % {"day": day(purchase.final_on)})
    if units != purchase.line.quantity:
        change_line(purchase.line.booking, purchase.line, quantity=units, reason=_("Final number"), by=by, at=at)
    before, purchase.persons, purchase.counted_at = purchase.persons, persons, at
    purchase.save(update_fields=["persons", "counted_at"])
    trace(by, "purchase.counted", purchase.congress, at=at, before={"persons": before}, after=_said(purchase))
    return purchase


@transaction.atomic
def cancel(purchase: Purchase, *, by: Actor, at: datetime) -> bool:
    """The supplier lets us off: nothing is owed of it. True for who did it. Refused once its invoice is entered."""
    require(by, "payout.buy", purchase)
    purchase = _locked(purchase)
    if purchase.line.state == Line.State.CANCELLED:
        return False
    _check_open(purchase)
    cancel_lines(purchase.line.booking, [purchase.line_id], fees={}, reason=_("Let off by the supplier"), by=by, at=at)
    if purchase.line.is_penalty:  # penalties are never cancelled with a booking's lines
        Charge.objects.live().filter(line=purchase.line_id).update(struck_at=at, struck_by=actor_name(by))
        Line.objects.filter(pk=purchase.line_id).update(state=Line.State.CANCELLED)
    trace(by, "purchase.cancelled", purchase.congress, at=at, before=_said(purchase))
    return True


def purchases_of(congress: Congress) -> QuerySet[Purchase]:
    """All of a congress, by day, with what a page shows of them."""
    rows = Purchase.objects.filter(congress=congress).select_related("supplier", "line__rate", "line__booking", "congress")
    return rows.prefetch_related("line__charges").order_by("line__start", "pk")


@dataclass
class MarginRow:
    """What one supplier brought and cost in a congress, and how much of it no delegate asked for."""

    supplier: Supplier
    sold: Decimal = ZERO
    bought: Decimal = ZERO
    commission: Decimal = ZERO
    untied: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought

    @property
    def kept(self) -> Decimal:
        return self.margin + self.commission

    @property
    def part(self) -> Decimal | None:
        """Margin in percent of what is sold; none where nothing is."""
        return cents(self.margin * 100 / self.sold) if self.sold else None


def margin_of(congress: Congress) -> list[MarginRow]:
    """Of the live charges that count, the tourist tax apart, supplier by supplier. Two queries."""
    untied = set(Purchase.objects.filter(congress=congress).values_list("line", flat=True))
    found: dict[int, MarginRow] = {}
    charges = Charge.objects.live().filter(
        congress=congress, line__state__in=Line.COUNTED, line__booking__placed_at__isnull=False
    )
    for charge in charges.exclude(kind=Charge.Kind.TAX).select_related("supplier").order_by("supplier__name", "pk"):
        row = found.setdefault(charge.supplier_id, MarginRow(charge.supplier))
        row.sold += charge.total
        row.bought += charge.bought
        row.commission += charge.commission
        row.untied += charge.bought if charge.line_id in untied else ZERO
    return list(found.values())


def sum_of(rows: list[MarginRow]) -> MarginRow:
    """The foot of the table; its supplier is the first's, and is not shown."""
    names = ("sold", "bought", "commission", "untied")
    sums: dict[str, Any] = {name: total(getattr(row, name) for row in rows) or ZERO for name in names}
    return MarginRow(rows[0].supplier if rows else Supplier(), **sums)


def the_house() -> Client:
    """The bureau as a client: who pays what nobody else is asked for."""
    bureau = Bureau.objects.filter(pk=1).first()
    name = bureau.name if bureau else "Bureau"
    facts = {"kind": Client.Kind.COMPANY, "company": name, "siret": bureau.siret if bureau else ""}
    client = Client.objects.filter(**facts).order_by("pk").first()
    return client or Client.objects.create(**facts, email=bureau.email if bureau else "")


def _offered(congress: Congress, supplier: Supplier, order: Order) -> tuple[Offer, Rate]:
    """An offer that the office alone sells, for nothing: priced on both sides, so that another number is priced alike."""
    contract, _new = Contract.objects.get_or_create(supplier=supplier, code=CONTRACT, defaults={"mode": Contract.Mode.OWN})
    name = LocalText(fr=order.label, en=order.label)
    number = 1 + supplier.services.filter(code__startswith="ACHAT").count()
    service = Service.objects.create(supplier=supplier, code=f"ACHAT{number}", kind=Service.Kind.EXTRA, name=name)
    rate = Rate.objects.create(service=service, code="ACHAT", name=name, vat=order.vat)
    title = LocalText(fr="Compte de l’organisateur", en="Organiser’s account")
    last = congress.steps.order_by("-position").values_list("position", flat=True).first() or 0
    facts = {"kind": Step.Kind.SERVICES, "title": title, "icon": "doc", "position": last + 1}
    step, _new = Step.objects.get_or_create(congress=congress, code=STEP, defaults=facts)
    sold = {"step": step, "service": service, "contract": contract, "office_only": True}
    offer = Offer.objects.create(congress=congress, starts=order.day, ends=(order.last or order.day) + DAY, **sold)
    for side, amount in ((Price.Side.SELL, ZERO), (Price.Side.BUY, order.unit)):
        Price.objects.create(congress=congress, rate=rate, side=side, amount=amount)
    return offer, rate


def _check(congress: Congress, supplier: Supplier, order: Order) -> None:
    if supplier.kind == Supplier.Kind.HOUSE:
        raise CannotBuy(_("The house buys nothing of itself."))
    if order.kind not in Purchase.Kind.values or not order.label.strip() or "\x00" in order.label + order.note:
        raise CannotBuy(_("Say what it is for."))
    if not 0 < order.persons <= MOST_UNITS or (order.per is not None and not 0 < order.per <= MOST_UNITS):
        raise CannotBuy(_("This number makes no sense."))
    if not 0 < order.unit <= MOST or order.unit * order.units > MOST:
        raise CannotBuy(_("This price makes no sense."))
    if not Vat.objects.filter(code=order.vat).exists():
        raise CannotBuy(_("This VAT rate is unknown."))
    around = timedelta(days=60)
    if not congress.starts - around <= order.day <= (order.last or order.day) <= congress.ends + around:
        raise CannotBuy(_("Its day lies too far from the congress."))
    if order.final_on and order.final_on > order.day:
        raise CannotBuy(_("The final number is said before the day itself."))


def _final_on(order: Order) -> date | None:
    return order.final_on or (order.day - FINAL if order.kind == Purchase.Kind.COVERS else None)


def _check_open(purchase: Purchase) -> None:
    if purchase.invoice_number:
        raise CannotBuy(_("Its invoice is entered: take that out first."))
    if purchase.line.state == Line.State.CANCELLED:
        raise CannotBuy(_("It is cancelled."))


def _locked(purchase: Purchase) -> Purchase:
    rows = Purchase.objects.select_for_update(no_key=True, of=("self",)).select_related("line__booking", "congress", "supplier")
    return rows.get(pk=purchase.pk)


def _said(purchase: Purchase, label: str = "") -> dict[str, Any]:
    facts = {"what": label or str(purchase.line.rate), "supplier": purchase.supplier.code, "persons": purchase.persons}
    return facts


def live_charges(purchase: Purchase) -> Iterator[Charge]:
    """What it costs now; from rows at hand where the line's charges were prefetched."""
    return (charge for charge in purchase.line.charges.all() if charge.struck_at is None)
