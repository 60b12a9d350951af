"""What is sold on a step, under which contract, to whom, on which day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.rights import Actor
from pleniere.catalogue.models import Contract, Rate, Service
from pleniere.common.nights import DAY
from pleniere.common.words import LocalText

from .. import uses
from ..models import Audience, Congress, Offer, Pool, Price, Step
from .frame import Refused, editing, plain, put, tell
from .prices import PriceRow, refuse_bought, write_rows
from .steps import sells

AROUND = timedelta(days=30)  # a visit before, a tour after
DATED = (Service.Kind.MEAL, Service.Kind.EVENING, Service.Kind.VISIT)
FIXED = ("service", "contract", "pool", "starts", "ends", "terms")  # what those who bought it bought


@transaction.atomic
def make_offer(
    step: Step,
    service: Service,
    *,
    by: Actor,
    at: datetime,
    contract: Contract | None = None,
    pool: Pool | None = None,
    counted: bool = True,
    day: date | None = None,
    audiences: Iterable[Audience] = (),
    prices: Sequence[PriceRow] = (),
    rate: Rate | None = None,
    **facts: Any,
) -> Offer:
    """Sell a service on a step, with the selling `prices` of one `rate` (the only one it has, when not named).

    Without a contract it is the supplier's only live one, else "std". Counted offers take from the pool CONGR unless another is
    named; how many there are is the stock's to say. `day` fills starts and ends. Raises Refused with the reasons.
    """
    with editing(step.congress, by=by, at=at) as congress:
        contract = contract or default_contract(service)
        pool = pool if pool or not counted else _pool(congress)
        if day is not None:
            facts |= {"starts": day, "ends": day + DAY}
        last = step.offers.order_by("-position").values_list("position", flat=True).first() or 0
        offer = Offer(congress=congress)
        facts = {"position": last + 1, **facts, "step": step, "service": service, "pool": pool, "contract": contract}
        audiences = list(audiences)
        _check(congress, offer, facts, audiences)
        _before, after = put(offer, facts)
        offer.audiences.set(audiences)
        if prices:
            write_rows(congress, rate or _only_rate(service), prices)
        after |= {"audiences": [a.code for a in audiences], "prices": [plain(p.amount) for p in prices]}
        tell(congress, "offer.made", service, by=by, at=at, after=after)
    return offer


@transaction.atomic
def edit_offer(offer: Offer, *, by: Actor, at: datetime, audiences: Iterable[Audience] | None = None, **facts: Any) -> Offer:
    """Write these facts. Once sold its service, contract, pool, day and terms are what was bought: Refused, make another."""
    with editing(offer.congress, by=by, at=at) as congress:
        offer = Offer.objects.select_related("service", "step", "contract", "pool").get(pk=offer.pk)
        if "day" in facts:
            day = facts.pop("day")
            facts |= {"starts": day, "ends": day + DAY if day else None}
        _refuse_fixed(offer, facts)
        named = list(offer.audiences.all())
        wanted = named if audiences is None else list(audiences)
        whole = {name: getattr(offer, name) for name in ("step", "service", "pool", "contract", "starts", "ends")} | facts
        _check(congress, offer, whole, wanted)
        before, after = put(offer, facts)
        if {a.pk for a in named} != {a.pk for a in wanted}:
            offer.audiences.set(wanted)
            before["audiences"], after["audiences"] = [a.code for a in named], [a.code for a in wanted]
        tell(congress, "offer.edited", offer.service, by=by, at=at, before=before, after=after)
    return offer


@transaction.atomic
def retire_offer(offer: Offer, *, retired: bool, by: Actor, at: datetime) -> bool:
    """No longer sold (or again). True for the one who did it. Who has it keeps it; carts that name it are told at their next page."""
    with editing(offer.congress, by=by, at=at) as congress:
        if not retired and offer.service.retired_at is not None:
            raise Refused(_("The supplier no longer has this service."))
        rows = Offer.objects.filter(pk=offer.pk, retired_at__isnull=retired)
        if not rows.update(retired_at=at if retired else None):
            return False
        verb = "offer.retired" if retired else "offer.restored"
        tell(congress, verb, offer.service, by=by, at=at, after={"offer": str(offer), "sold": uses.sold([offer.pk])[offer.pk]})
    return True


@transaction.atomic
def drop_offer(offer: Offer, *, by: Actor, at: datetime) -> None:
    """Remove an offer nobody ever took. One that a line names, even a cancelled one, can only be retired (Refused)."""
    with editing(offer.congress, by=by, at=at) as congress:
        if uses.named([offer.pk]):
            raise Refused(_("“%(what)s” was taken by somebody: retire it instead, who has it keeps it.") % {"what": offer})
        others = Offer.objects.filter(congress=congress, service=offer.service).exclude(pk=offer.pk)
        if not others.exists():
            Price.objects.filter(congress=congress, rate__service=offer.service).delete()
        tell(congress, "offer.dropped", offer.service, by=by, at=at, before={"offer": str(offer)})
        offer.delete()


@transaction.atomic
def order_offers(step: Step, offers: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Put the step's offers in this order."""
    with editing(step.congress, by=by, at=at) as congress:
        own = list(step.offers.values_list("pk", flat=True))
        order = [pk for pk in dict.fromkeys(offers) if pk in own]
        order += [pk for pk in own if pk not in order]
        for position, pk in enumerate(order, start=1):
            Offer.objects.filter(pk=pk).update(position=position)
        if order != own:
            tell(congress, "offers.ordered", step, by=by, at=at, before={"offers": own}, after={"offers": order})


def default_contract(service: Service) -> Contract:
    """The supplier's only live contract, else "std", else the oldest. Raises Refused: without one nothing is sold for it."""
    live = sorted(service.supplier.contracts.filter(retired_at=None), key=lambda c: (c.code != "std", c.pk))
    if not live:
        raise Refused(_("%(supplier)s has no contract: say first how we sell for it.") % {"supplier": service.supplier})
    return live[0]


def _pool(congress: Congress) -> Pool:
    found = congress.pools.filter(code="CONGR").first() or congress.pools.order_by("pk").first()
    return found or Pool.objects.create(congress=congress, code="CONGR", name=LocalText(fr="Stock congrès", en="Congress stock"))


def _only_rate(service: Service) -> Rate:
    rates = list(service.rates.all()[:2])
    if len(rates) != 1:
        raise Refused(_("“%(what)s” has several formulas, or none: say which one these prices are of.") % {"what": service})
    return rates[0]


def _check(congress: Congress, offer: Offer, facts: dict[str, Any], audiences: Sequence[Audience]) -> None:
    service, contract, step, pool = facts["service"], facts["contract"], facts["step"], facts["pool"]
    starts, ends = facts.get("starts"), facts.get("ends")
    reasons = []
    if step.congress_id != congress.pk or (pool and pool.congress_id != congress.pk):
        reasons.append(_("This belongs to another congress."))
    if any(audience.congress_id != congress.pk for audience in audiences):
        reasons.append(_("This audience belongs to another congress."))
    if contract.supplier_id != service.supplier_id:
        reasons.append(_("This contract is not one of %(supplier)s’s.") % {"supplier": service.supplier})
    is_new = offer._state.adding
    if is_new and (contract.retired_at or service.retired_at or service.supplier.retired_at):
        reasons.append(_("“%(what)s” is retired: it is no longer offered.") % {"what": service})
    if not sells(step, service.kind):
        facts_ = {"what": service.get_kind_display(), "step": step}
        reasons.append(_("A service of the kind “%(what)s” does not stand on the step “%(step)s”.") % facts_)
    reasons += _wrong_days(congress, service, starts, ends)
    twin = Offer.objects.filter(congress=congress, service=service, pool=pool, starts=starts).exclude(pk=offer.pk)
    if twin.exists():
        reasons.append(_("“%(what)s” is already on sale here for that day: one offer, one contract.") % {"what": service})
    if not reasons:
        reasons += refuse_bought(congress, service, contract)
    if reasons:
        raise Refused(*reasons)


def _wrong_days(congress: Congress, service: Service, starts: date | None, ends: date | None) -> list[str]:
    if service.kind == Service.Kind.ROOM:
        return [_("Rooms are sold by night: they have no day of their own.")] if starts else []
    if starts is None:
        return [_("On which day? A meal, an evening or a visit has one.")] if service.kind in DATED else []
    if ends is None or not starts < ends:
        return [_("It ends before it begins.")]
    if starts < congress.starts - AROUND or ends > congress.ends + AROUND:
        return [_("This day lies more than a month away from the congress.")]
    return []


def _refuse_fixed(offer: Offer, facts: dict[str, Any]) -> None:
    changed = [name for name in FIXED if name in facts and facts[name] != getattr(offer, name)]
    sold = uses.sold([offer.pk])[offer.pk] if changed else 0
    if sold:
        reason = ngettext(
            "%(n)s booking holds it as it is: retire it, and make another.",
            "%(n)s bookings hold it as it is: retire it, and make another.",
            sold,
        )
        raise Refused(reason % {"n": sold})
    if changed and uses.named([offer.pk]):
        raise Refused(_("It stands in a cart, or stood in a booking: retire it, and make another."))
