"""What is taken off: discounts by themselves or by a code, checked before anybody meets them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.common.conditions import wrong
from pleniere.common.money import MOST
from pleniere.common.words import LocalText

from ..models import Audience, Congress, Discount, Offer
from .frame import Refused, editing, put, tell

# What a condition may ask of a line and its booking: whose price, what, when, how many, what else its first person has.
FACTS = {"audience", "kind", "offer", "supplier", "step", "day", "ordered", "nights", "persons", "delegates", "has"}
CENT = Decimal("0.01")
VALUES = {
    Discount.Kind.PERCENT: "percent",
    Discount.Kind.NTH: "nth",
    Discount.Kind.FIXED: "amount",
    Discount.Kind.AMOUNT: "amount",
}


@transaction.atomic
def make_discount(
    congress: Congress,
    code: str,
    *,
    name: LocalText | dict[str, str],
    kind: str,
    offers: Iterable[Offer] = (),
    by: Actor,
    at: datetime,
    **facts: Any,
) -> Discount:
    """Take something off, `offers` (none: all) and a condition limiting it. Refused: what makes no sense, or a code used already."""
    with editing(congress, by=by, at=at) as fresh:
        discount, offers = Discount(congress=fresh, code=code), list(offers)
        facts = {**facts, "name": LocalText(name), "kind": kind}
        _check(fresh, discount, facts, offers)
        _before, after = put(discount, facts)
        discount.offers.set(offers)
        tell(fresh, "discount.made", discount, by=by, at=at, after=_hidden(after))
    return discount


@transaction.atomic
def edit_discount(
    discount: Discount, *, offers: Iterable[Offer] | None = None, by: Actor, at: datetime, **facts: Any
) -> Discount:
    """Write these facts. What is ordered keeps what was taken off; open carts are priced anew and told."""
    with editing(discount.congress, by=by, at=at) as congress:
        discount = Discount.objects.get(pk=discount.pk)
        facts.pop("code", None)
        named = list(discount.offers.all())
        wanted = named if offers is None else list(offers)
        _check(congress, discount, facts, wanted)
        before, after = put(discount, facts)
        if {offer.pk for offer in named} != {offer.pk for offer in wanted}:
            discount.offers.set(wanted)
            before["offers"], after["offers"] = [str(offer) for offer in named], [str(offer) for offer in wanted]
        tell(congress, "discount.edited", discount, by=by, at=at, before=_hidden(before), after=_hidden(after))
    return discount


@transaction.atomic
def retire_discount(discount: Discount, *, retired: bool, by: Actor, at: datetime) -> bool:
    """No longer taken off (or again: Refused while another has its code). True for the one who did it."""
    with editing(discount.congress, by=by, at=at) as congress:
        fresh = Discount.objects.filter(pk=discount.pk, retired_at__isnull=retired).first()
        if fresh is None:
            return False
        if not retired and (secret := fresh.secret.strip()) and (reasons := _wrong_secret(congress, fresh, secret)):
            raise Refused(*reasons)
        Discount.objects.filter(pk=fresh.pk).update(retired_at=at if retired else None)
        tell(
            congress,
            "discount.retired" if retired else "discount.restored",
            discount,
            by=by,
            at=at,
            after={"code": discount.code},
        )
    return True


def _check(congress: Congress, discount: Discount, facts: dict[str, Any], offers: Iterable[Offer]) -> None:
    """Fills what the kind leaves empty, and refuses what nobody could mean."""

    def of(name: str) -> Any:
        return facts.get(name, getattr(discount, name))

    kind, reasons = of("kind"), []
    if kind not in Discount.Kind.values:
        raise Refused(_("What is taken off: per cent, an amount, another price, or every n-th?"))
    value = of(VALUES[Discount.Kind(kind)])
    facts |= {name: None for name in set(VALUES.values()) if name != VALUES[Discount.Kind(kind)]}
    if value is None or not _makes_sense(kind, value):
        reasons.append(_("How much? Per cent up to 100, an amount, or every how many (two or more)."))
    if any(offer.congress_id != congress.pk for offer in offers):
        reasons.append(_("This belongs to another congress."))
    if (window := of("window")) is not None and window.congress_id != congress.pk:
        reasons.append(_("This belongs to another congress."))
    reasons += wrong(of("when"), FACTS)
    if (secret := of("secret").strip()) and discount.retired_at is None:
        reasons += _wrong_secret(congress, discount, secret)
    if reasons:
        raise Refused(*dict.fromkeys(reasons))


def _makes_sense(kind: str, value: Any) -> bool:
    if kind == Discount.Kind.PERCENT:
        return bool(0 < value <= 100)
    if kind == Discount.Kind.NTH:
        return bool(2 <= value <= 1000)
    least = 0 if kind == Discount.Kind.FIXED else CENT
    return bool(least <= value <= MOST)


def _wrong_secret(congress: Congress, discount: Discount, secret: str) -> list[str]:
    if len(secret) < 4:
        return [_("Its code has four characters at least.")]
    taken = [each.secret for each in congress.discounts.exclude(pk=discount.pk).filter(retired_at=None)]
    taken += [each.secret for each in congress.audiences.filter(proof=Audience.Proof.CODE)]
    return [_("This code is taken.")] if secret.casefold() in {each.strip().casefold() for each in taken} else []


def _hidden(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: "***" if name == "secret" and value else value for name, value in facts.items()}
