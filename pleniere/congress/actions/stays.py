"""Rules of stay: minimum nights, days without arrival or departure, nights sold only with others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.catalogue.models import Service

from ..models import Congress, Offer, StayRule
from .frame import Refused, editing, put, tell

SCOPE = ("supplier", "offer", "night_from", "night_until")


@transaction.atomic
def make_stay_rule(congress: Congress, *, by: Actor, at: datetime, **facts: Any) -> StayRule:
    """What holds for a season of one room type (`offer`), of a hotel (`supplier`) or of all. What is sold already stays as it is.

    Refused: two rules for the same days of the same thing, days that end before they begin, what sells no room here, a rule that asks nothing.
    """
    with editing(congress, by=by, at=at) as fresh:
        rule = StayRule(congress=fresh)
        _check(fresh, rule, facts)
        _before, after = put(rule, facts)
        tell(fresh, "stay.made", rule, by=by, at=at, after=after)
    return rule


@transaction.atomic
def edit_stay_rule(rule: StayRule, *, by: Actor, at: datetime, **facts: Any) -> StayRule:
    """Write these facts; carts that no longer fit are told at their next page, orders stand."""
    with editing(rule.congress, by=by, at=at) as congress:
        rule = StayRule.objects.get(pk=rule.pk)
        _check(congress, rule, facts)
        before, after = put(rule, facts)
        tell(congress, "stay.edited", rule, by=by, at=at, before=before, after=after)
    return rule


@transaction.atomic
def drop_stay_rule(rule: StayRule, *, by: Actor, at: datetime) -> None:
    with editing(rule.congress, by=by, at=at) as congress:
        tell(congress, "stay.dropped", rule, by=by, at=at, before={"rule": str(rule), "least": rule.least})
        rule.delete()


def _check(congress: Congress, rule: StayRule, facts: dict[str, Any]) -> None:
    whole = StayRule(congress=congress)
    for field in ("supplier", "offer", "night_from", "night_until", "least", "no_arrival", "no_departure", "is_shoulder"):
        setattr(whole, field, facts.get(field, getattr(rule, field)))
    reasons = []
    if whole.supplier and whole.offer:
        reasons.append(_("A rule is of a hotel, or of one room type of it: not of both."))
    rooms = Offer.objects.filter(congress=congress, service__kind=Service.Kind.ROOM)
    if whole.offer and not rooms.filter(pk=whole.offer.pk).exists():
        reasons.append(_("This is no room of this congress."))
    if whole.supplier and not rooms.filter(service__supplier=whole.supplier).exists():
        reasons.append(_("This hotel sells no room here."))
    if whole.night_from and whole.night_until and whole.night_until <= whole.night_from:
        reasons.append(_("Its days end before they begin."))
    if whole.says_nothing and not (whole.supplier or whole.offer):
        reasons.append(_("This rule asks nothing: say how many nights, or what is closed."))
    twins = congress.stays.filter(**{name: getattr(whole, name) for name in SCOPE})
    if twins.exclude(pk=rule.pk).exists():
        reasons.append(_("There is a rule for these days already: change that one."))
    if reasons:
        raise Refused(*reasons)
