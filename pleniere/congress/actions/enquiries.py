"""What came first: an organiser asks whether, when and how many (A6)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.common.words import LocalText

from ..models import Congress, Enquiry
from .frame import Refused, put
from .making import make_congress

State = Enquiry.State


@transaction.atomic
def make_enquiry(title: str, *, by: Actor, at: datetime, **facts: Any) -> Enquiry:
    """Write down what an organiser asks for."""
    require(by, "enquiry.edit")
    enquiry = Enquiry()
    _check(facts)
    _before, after = put(enquiry, {"title": title, **facts})
    trace(by, "enquiry.made", enquiry, at=at, after=after)
    return enquiry


@transaction.atomic
def edit_enquiry(enquiry: Enquiry, *, by: Actor, at: datetime, **facts: Any) -> Enquiry:
    """Write these facts; won and lost have actions of their own."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    facts = {name: value for name, value in facts.items() if name not in ("state", "why")}
    _check({"starts": enquiry.starts, "ends": enquiry.ends} | facts)
    before, after = put(enquiry, facts)
    if after:
        trace(by, "enquiry.edited", enquiry, at=at, before=before, after=after)
    return enquiry


@transaction.atomic
def close_enquiry(enquiry: Enquiry, *, won: bool, why: str, by: Actor, at: datetime) -> Enquiry:
    """Won or lost, and why: the next offer is made from it. Said again, the last word counts; it is traced."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    if not why.strip():
        raise Refused(_("Why was it won, or lost? One line is enough."))
    if not won and enquiry.congresses.exists():
        raise Refused(_("A congress was made from it: it is won."))
    before, after = put(
        enquiry, {"state": State.WON if won else State.LOST, "why": why.strip(), "next_step": "", "next_on": None}
    )
    if after:
        trace(by, "enquiry.won" if won else "enquiry.lost", enquiry, at=at, before=before, after=after, reason=why.strip())
    return enquiry


@transaction.atomic
def reopen_enquiry(enquiry: Enquiry, *, by: Actor, at: datetime) -> Enquiry:
    """It lives again: the organiser came back."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    before, after = put(enquiry, {"state": State.OPEN, "why": ""})
    if after:
        trace(by, "enquiry.reopened", enquiry, at=at, before=before, after=after)
    return enquiry


@transaction.atomic
def congress_from(
    enquiry: Enquiry, code: str, *, by: Actor, at: datetime, starts: date | None = None, ends: date | None = None, **facts: Any
) -> Congress:
    """The congress an enquiry becomes: its title, dates and organiser; the enquiry is won."""
    enquiry = _locked(enquiry)
    starts, ends = starts or enquiry.starts, ends or enquiry.ends
    if starts is None or ends is None:
        raise Refused(_("From when to when? The enquiry has no dates."))
    facts = {"title": LocalText(fr=enquiry.title), "organiser": enquiry.organiser or _organiser(enquiry)} | facts
    congress = make_congress(code, starts=starts, ends=ends, enquiry=enquiry, by=by, at=at, **facts)
    if enquiry.state != State.WON:
        close_enquiry(enquiry, won=True, why=enquiry.why or _("The congress is being prepared."), by=by, at=at)
    return congress


def _organiser(enquiry: Enquiry) -> Client | None:
    if not enquiry.contact and not enquiry.email:
        return None
    facts = {"company": enquiry.contact or enquiry.title, "email": enquiry.email, "phone": enquiry.phone}
    client = Client(kind=Client.Kind.COMPANY, **facts)
    client.full_clean()
    client.save()
    Enquiry.objects.filter(pk=enquiry.pk).update(organiser=client)
    return client


def _check(facts: dict[str, Any]) -> None:
    starts, ends = facts.get("starts"), facts.get("ends")
    if starts and ends and not starts < ends:
        raise Refused(_("The last day lies before the first."))


def _locked(enquiry: Enquiry) -> Enquiry:
    return Enquiry.objects.select_for_update(no_key=True).get(pk=enquiry.pk)
