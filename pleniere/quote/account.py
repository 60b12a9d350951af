"""What an accepted quote puts on the organiser's account: its own items, each an offer that the office alone sells.

The difference from the version accepted before it: a line that says the same stays, one that differs is charged anew, one that
is gone is cancelled. What is guaranteed to delegates makes no line.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from pleniere.booking.actions import Item, set_account
from pleniere.booking.models import Booking, Line
from pleniere.catalogue.models import Contract, Rate, Service, Supplier, Vat
from pleniere.common.words import LocalText
from pleniere.congress.models import Congress, Offer, Price, Step

from .models import Quote, QuoteLine
from .retained import LineFacts

COMMISSIONED = (Contract.Mode.AGENT, Contract.Mode.DIRECT)  # bought at what they are sold for
STEP = "organiser-account"


def take(quote: Quote, former: Quote | None, *, at: datetime) -> Booking | None:
    """Leave the organiser's account as this version says; `former`: the version accepted until now. None: nothing is its own."""
    lines = list(quote.lines.select_related("supplier", "rate__service").filter(who=QuoteLine.Who.ORGANISER))
    known = _known(former)
    if not lines and not known:
        return None
    fresh = []
    for line in lines:
        stands = known.pop(_name(line, lines), None)
        line.line = stands.line if stands else None
        if stands is None or _said(stands) != _said(line):
            fresh.append(line)
    items = [_item(quote.congress, line, at) for line in fresh]
    who = f"{quote.answered_name}, {quote.answered_function}"
    reason = _("Version %(n)s of the quote, accepted by %(who)s") % {"n": quote.version, "who": who}
    gone = [line.line for line in known.values() if line.line]
    made = set_account(quote.congress, quote.client, items, gone=gone, reason=reason, by=who[:160], at=at)
    for line, taken in zip(fresh, made, strict=True):
        line.line = taken
    QuoteLine.objects.bulk_update(lines, ["line"])
    return Booking.objects.get(congress=quote.congress, kind=Booking.Kind.MASTER)


def _known(former: Quote | None) -> dict[tuple[str, str, int], QuoteLine]:
    """What stands on the account from the version before, by name; a line an agent cancelled since is no longer there."""
    if former is None:
        return {}
    found = list(former.lines.select_related("line", "supplier").filter(who=QuoteLine.Who.ORGANISER))
    return {_name(each, found): each for each in found if each.line and each.line.state != Line.State.CANCELLED}


def _name(line: QuoteLine, among: list[QuoteLine]) -> tuple[str, str, int]:
    """Heading and label; two of one name are told apart by their order."""
    same = [each for each in among if (each.group, each.label) == (line.group, line.label)]
    return line.group, line.label, same.index(line)


def _said(line: QuoteLine) -> tuple[object, ...]:
    what = line.rate_id, line.days, line.parts
    return line.quantity, line.unit, line.buy, line.vat, line.supplier_id, line.quote.client_id, *what


def _item(congress: Congress, line: QuoteLine, at: datetime) -> Item:
    contract = _contract(line)
    if line.line and line.line.offer.contract_id == contract.pk and line.rate_id in (None, line.line.rate_id):
        offer, rate = line.line.offer, line.line.rate
    else:  # new, or of another supplier than before: another line
        offer, rate = _sold(congress, line, contract)
    _write_prices(congress, rate, line, contract)
    days = (congress.starts, congress.ends)
    kept = line.line if line.line and line.line.offer_id == offer.pk else None
    if line.rate:  # so many persons, so many times; each part under its own VAT
        return Item(offer, rate, line.days, None, *days, line=kept, heads=line.each_day)
    return Item(offer, rate, line.quantity, line.vat, *days, line=kept)


def _sold(congress: Congress, line: QuoteLine, contract: Contract) -> tuple[Offer, Rate]:
    if line.rate and line.rate.service.supplier_id == contract.supplier_id:
        facts = {"congress": congress, "service": line.rate.service, "contract": contract, "step": _step(congress)}
        return Offer.objects.get_or_create(**facts, retired_at=None, defaults={"office_only": True})[0], line.rate
    words = LocalText(fr=line.label[:200], en=line.label[:200])
    service = Service.objects.create(
        supplier=contract.supplier, code=f"ORG{line.pk}", kind=Service.Kind.EXTRA, name=words, persons_most=1
    )
    rate = Rate.objects.create(service=service, code="FORFAIT", name=words, vat=_vat_code(line.vat))
    offer = Offer.objects.create(congress=congress, step=_step(congress), service=service, contract=contract, office_only=True)
    return offer, rate


def _write_prices(congress: Congress, rate: Rate, line: QuoteLine, contract: Contract) -> None:
    """So that a change at the office is priced as the quote was."""
    sides = {Price.Side.SELL: line.unit}
    if contract.mode not in COMMISSIONED and line.buy is not None:
        sides[Price.Side.BUY] = line.buy
    rate.prices.filter(congress=congress).delete()
    Price.objects.bulk_create(Price(congress=congress, rate=rate, side=side, amount=amount) for side, amount in sides.items())


def _contract(line: QuoteLine) -> Contract:
    """The supplier's usual one. What we buy and know no price of is the house's own until one is written in the quote."""
    if found := _suppliers_own(line):
        return found
    house, _is_new = Supplier.objects.get_or_create(kind=Supplier.Kind.HOUSE, defaults={"code": "HOUSE", "name": "HOUSE"})
    return usual_contract(house) or Contract.objects.create(supplier=house, code="std", mode=Contract.Mode.OWN)


def _suppliers_own(line: QuoteLine | LineFacts) -> Contract | None:
    found = usual_contract(line.supplier) if line.supplier else None
    return found if found is not None and (found.mode in COMMISSIONED or line.buy is not None) else None


def on_margin(line: LineFacts) -> bool:
    """Whether it is sold with VAT on the margin: the organiser's own by the contract it will be charged under."""
    if line.who == QuoteLine.Who.DELEGATES:
        return line.margin
    contract = _suppliers_own(line)
    return contract is not None and contract.mode == Contract.Mode.MARGIN


def usual_contract(supplier: Supplier) -> Contract | None:
    """The one named "std", else the oldest in force."""
    live = [contract for contract in supplier.contracts.all() if contract.retired_at is None]
    return min(live, key=lambda contract: (contract.code != "std", contract.pk), default=None)


def _step(congress: Congress) -> Step:
    title = LocalText(fr="Compte de l’organisateur", en="Organiser’s account")
    last = congress.steps.order_by("-position").values_list("position", flat=True).first() or 0
    facts = {"kind": Step.Kind.SERVICES, "title": title, "icon": "doc", "position": last + 1}
    return Step.objects.get_or_create(congress=congress, code=STEP, defaults=facts)[0]


def _vat_code(percent: Decimal) -> str:
    """The bureau's rate of this percentage; what the quote says is on the charge, whatever it is called."""
    known = Vat.objects.filter(percent=percent).order_by("-since").values_list("code", flat=True).first()
    return known or "standard"
