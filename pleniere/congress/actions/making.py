"""A congress from nothing, and its own facts: dates, titles, venue, organiser, help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.common.shown import SIGNS, days
from pleniere.common.words import LocalText

from .. import uses
from ..models import Audience, Congress, Enquiry, Offer, Pool, Step
from .frame import Refused, editing, put, tell

EARLIEST, LONGEST, FARTHEST = date(2000, 1, 1), 62, timedelta(days=366 * 15)
WORDS = {"title", "welcome", "practical", "venue", "venue_address", "help_name", "help_email", "help_phone", "hue"}
STEPS: tuple[tuple[str, str, str, str, str], ...] = (
    ("persons", Step.Kind.PERSONS, "users", "Participants", "Participants"),
    ("fee", Step.Kind.FEE, "ticket", "Droits d’inscription", "Registration fee"),
    ("lodging", Step.Kind.LODGING, "bed", "Hébergement", "Lodging"),
    ("meals", Step.Kind.SERVICES, "fork", "Restauration", "Meals"),
    ("evenings", Step.Kind.SERVICES, "star", "Soirées", "Evenings"),
    ("visits", Step.Kind.SERVICES, "tram", "Visites", "Visits"),
)


@transaction.atomic
def make_congress(
    code: str,
    *,
    title: LocalText | dict[str, str],
    starts: date,
    ends: date,
    by: Actor,
    at: datetime,
    organiser: Client | dict[str, Any] | None = None,
    enquiry: Enquiry | None = None,
    steps: Sequence[str] = ("persons", "fee", "lodging"),
    bare: bool = False,
    **facts: Any,
) -> Congress:
    """A congress in preparation, from `starts` up to, not including, `ends`.

    With it come the pool CONGR, the audiences delegate and companion, and those of the usual `steps` that are named
    (`bare`: nothing of all that). Raises Refused, or ValidationError by field; a code taken is one.
    """
    require(by, "congress.make")
    organiser = _client(organiser) if isinstance(organiser, dict) else organiser
    facts |= {"title": LocalText(title), "starts": starts, "ends": ends, "organiser": organiser, "enquiry": enquiry}
    congress = Congress(code=code)
    _check_dates(starts, ends, facts.get("kind", Congress.Kind.EVENT), at)
    _check_frame(facts)
    _before, after = put(congress, facts)
    if not bare:
        _furnish(congress, steps)
    tell(congress, "congress.made", congress, by=by, at=at, after={"code": code, **after})
    return congress


@transaction.atomic
def edit_congress(congress: Congress, *, by: Actor, at: datetime, **facts: Any) -> Congress:
    """Write these facts. Dates that would leave out what is sold, or a day that is on sale, are Refused; so is another currency once sold."""
    if isinstance(facts.get("organiser"), dict):
        facts["organiser"] = _client(facts["organiser"])
    with editing(congress, by=by, at=at) as fresh:
        starts, ends = facts.get("starts", fresh.starts), facts.get("ends", fresh.ends)
        if (starts, ends) != (fresh.starts, fresh.ends):
            _check_dates(starts, ends, fresh.kind, at)
            _check_left_out(fresh, starts, ends)
        _check_frame(facts)
        _check_currency(fresh, facts)
        before, after = put(fresh, facts)
        tell(fresh, "congress.edited", fresh, by=by, at=at, before=before, after=after)
    return fresh


def _client(facts: dict[str, Any]) -> Client:
    client = Client(**{"kind": Client.Kind.COMPANY, **facts})
    client.full_clean()
    client.save()
    return client


def _furnish(congress: Congress, steps: Sequence[str]) -> None:
    Pool.objects.create(congress=congress, code="CONGR", name=LocalText(fr="Stock congrès", en="Congress stock"))
    Audience.objects.create(congress=congress, code="delegate", name=LocalText(fr="Congressiste", en="Delegate"))
    name = LocalText(fr="Accompagnant", en="Companion")
    Audience.objects.create(congress=congress, code="companion", kind=Audience.Kind.COMPANION, name=name, position=1)
    Step.objects.bulk_create(
        Step(congress=congress, code=code, kind=kind, icon=icon, title=LocalText(fr=fr, en=en), position=position)
        for position, (code, kind, icon, fr, en) in enumerate((step for step in STEPS if step[0] in steps), start=1)
    )


def _check_dates(starts: date, ends: date, kind: str, at: datetime) -> None:
    if not starts < ends:
        raise Refused(_("The last day lies before the first."))
    if kind == Congress.Kind.EVENT and (ends - starts).days > LONGEST:
        raise Refused(_("An event lasts %(n)s days at most; what is sold all year is a season.") % {"n": LONGEST})
    if starts < EARLIEST or ends > at.date() + FARTHEST:
        raise Refused(_("These dates are too far away to be meant."))


def _check_left_out(congress: Congress, starts: date, ends: date) -> None:
    """What lies in the old dates must lie in the new ones: what is sold, and what is on sale on a day."""
    reasons = []
    lines = uses.outside(congress, starts, ends)
    if lines:
        reason = ngettext(
            "%(n)s booked service would lie outside the congress (%(dates)s): cancel or move it first.",
            "%(n)s booked services would lie outside the congress (%(dates)s): cancel or move them first.",
            lines,
        )
        reasons.append(reason % {"n": lines, "dates": days(starts, ends)})
    dated = Offer.objects.filter(congress=congress, retired_at=None, starts__isnull=False)
    within = dated.filter(starts__lt=congress.ends, ends__gt=congress.starts)
    lost = within.exclude(starts__lt=ends, ends__gt=starts).select_related("service")
    for offer in lost:
        day = days(offer.starts or starts, offer.ends or ends)
        reasons.append(_("“%(what)s” is on sale for the %(day)s.") % {"what": offer, "day": day})
    if reasons:
        raise Refused(*reasons)


def _check_frame(facts: dict[str, Any]) -> None:
    opens, closes = facts.get("opens_at"), facts.get("closes_at")
    if opens and closes and opens >= closes:
        raise Refused(_("Registration would close before it opens."))
    if "time_zone" in facts and facts["time_zone"] not in available_timezones():
        raise Refused(_("This time zone is unknown."))
    if facts.get("option_cap_night", 0) > 100:
        raise Refused(_("More than 100 % of a night cannot be optioned."))


def _check_currency(congress: Congress, facts: dict[str, Any]) -> None:
    currency = facts.get("currency", congress.currency)
    if currency not in SIGNS:
        raise Refused(_("This currency is unknown here."))
    if currency != congress.currency and (congress.prices.exists() or uses.orders(congress)):
        raise Refused(_("Prices stand in %(currency)s: a congress has one currency.") % {"currency": congress.currency})
