"""What came first: an organiser asks whether, when and how many; followed, won or lost, made a congress."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Supplier
from pleniere.common.moves import move
from pleniere.common.shown import day, days
from pleniere.common.words import LocalText, fold

from .. import uses
from ..models import Congress, Enquiry, EnquiryDates, EnquiryNeed, EnquiryOption, EnquiryReason
from .frame import Refused, put
from .making import EARLIEST, FARTHEST, LONGEST, make_congress

State = Enquiry.State
MOST_NEEDS = 400
Range = tuple[date, date]  # half-open


@dataclass(frozen=True)
class Want:
    """Rooms of a type, a meeting room, a meal: how many on which day, counted from the first (−1: the eve)."""

    kind: str
    what: str
    day: int
    count: int


class LooksAlike(Refused):
    """Clients that may be this organiser stand in the base: a person says which, or that it is a new one."""

    def __init__(self, clients: Sequence[Client]):
        self.clients = list(clients)
        super().__init__(_("Clients who look alike are known already: say which one it is, or that it is a new one."))


@transaction.atomic
def make_enquiry(title: str, *, by: Actor, at: datetime, other_dates: Sequence[Range] = (), **facts: Any) -> Enquiry:
    """Write down what an organiser asks for; `other_dates` would do as well, in the order of preference."""
    require(by, "enquiry.edit")
    enquiry = Enquiry()
    _check_dates(facts.get("starts"), facts.get("ends"), other_dates, at)
    _before, after = put(enquiry, {"title": title, **facts})
    _write_dates(enquiry, other_dates)
    trace(by, "enquiry.made", enquiry, at=at, after=after | _said(other_dates))
    return enquiry


@transaction.atomic
def edit_enquiry(
    enquiry: Enquiry, *, by: Actor, at: datetime, other_dates: Sequence[Range] | None = None, **facts: Any
) -> Enquiry:
    """Write these facts; its state has actions of its own. `other_dates`: all of them anew."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    facts = {name: value for name, value in facts.items() if name not in ("state", "why", "reason")}
    starts, ends = facts.get("starts", enquiry.starts), facts.get("ends", enquiry.ends)
    known = [(row.starts, row.ends) for row in enquiry.other_dates.all()]
    others = known if other_dates is None else list(other_dates)
    if (starts, ends, others) != (enquiry.starts, enquiry.ends, known):
        _check_dates(starts, ends, others, at)
    before, after = put(enquiry, facts)
    if others != known:
        _write_dates(enquiry, others)
        before, after = before | _said(known), after | _said(others)
    if after:
        trace(by, "enquiry.edited", enquiry, at=at, before=before, after=after)
    return enquiry


@transaction.atomic
def set_needs(enquiry: Enquiry, wants: Iterable[Want], *, by: Actor, at: datetime) -> Enquiry:
    """All its needs anew: rooms by night, meeting rooms and meals by day."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    wants = sorted(set(wants), key=lambda want: (want.day, want.kind, want.what))
    if len(wants) > MOST_NEEDS:
        raise Refused(_("%(n)d needs at most.") % {"n": MOST_NEEDS})
    was = [_counted(row) for row in enquiry.wanted.all()]
    enquiry.wanted.all().delete()
    for want in wants:
        row = EnquiryNeed(enquiry=enquiry, **vars(want))
        row.full_clean(validate_unique=False, validate_constraints=True)
        row.save()
    now = [_counted(row) for row in enquiry.wanted.all()]
    if was != now:
        trace(by, "enquiry.needs", enquiry, at=at, before={"wanted": "; ".join(was)}, after={"wanted": "; ".join(now)})
    return enquiry


@transaction.atomic
def put_option(
    enquiry: Enquiry, supplier: Supplier, *, until: date, by: Actor, at: datetime, rooms: int | None = None, note: str = ""
) -> EnquiryOption:
    """What a hotel keeps for it, and until when; said again of the same hotel, the last word counts."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    if enquiry.starts and until > enquiry.starts:
        raise Refused(_("The option would end after the event begins, on %(day)s.") % {"day": day(enquiry.starts)})
    row = enquiry.options.filter(supplier=supplier).first() or EnquiryOption(enquiry=enquiry, supplier=supplier)
    before, after = put(row, {"until": until, "rooms": rooms, "note": note})
    if after:
        trace(by, "enquiry.option", enquiry, at=at, before=before, after={"supplier": str(supplier)} | after)
    return row


@transaction.atomic
def drop_option(option: EnquiryOption, *, by: Actor, at: datetime) -> None:
    """The hotel keeps nothing any more."""
    require(by, "enquiry.edit")
    if EnquiryOption.objects.filter(pk=option.pk).delete()[0]:
        gone = {"supplier": str(option.supplier), "until": option.until.isoformat()}
        trace(by, "enquiry.option", option.enquiry, at=at, before=gone)


@transaction.atomic
def note_enquiry(enquiry: Enquiry, words: str, *, by: Actor, at: datetime) -> None:
    """A call, a mail, a visit: kept in its history."""
    require(by, "enquiry.edit")
    words = words.strip()
    if not words or "\x00" in words or len(words) > 500:
        raise Refused(_("A note has between 1 and 500 characters."))
    trace(by, "enquiry.note", enquiry, at=at, reason=words)


@transaction.atomic
def move_enquiry(enquiry: Enquiry, to: str, *, by: Actor, at: datetime) -> bool:
    """To another column of the board: new, qualified, proposal made. True for who did it. Won and lost want a reason."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    if to not in Enquiry.UNDER_WAY or not enquiry.is_under_way:
        raise Refused(_("Won and lost are said with a reason."))
    was = enquiry.state
    moved = move(enquiry, to, Enquiry.MOVES)
    if moved:
        trace(by, "enquiry.moved", enquiry, at=at, before={"state": was}, after={"state": to})
    return moved


@transaction.atomic
def close_enquiry(
    enquiry: Enquiry, *, won: bool, by: Actor, at: datetime, why: str = "", reason: EnquiryReason | None = None
) -> Enquiry:
    """Won or lost, and why: the next offer is made from it. Said again, the last word counts; it is traced."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    state = State.WON if won else State.LOST
    if reason is None and not why.strip():
        raise Refused(_("Why was it won, or lost? One line is enough."))
    if reason is not None and reason.outcome != state:
        raise Refused(_("“%(why)s” is no reason for that.") % {"why": reason})
    if not won and any(_is_sold(congress) for congress in enquiry.congresses.all()):
        raise Refused(_("Its congress is sold: it is won."))
    facts = {"state": state, "reason": reason, "why": why.strip(), "next_step": "", "next_on": None}
    before, after = put(enquiry, facts | {"closed_at": enquiry.closed_at if enquiry.state == state else at})
    if after:
        verb = "enquiry.won" if won else "enquiry.lost"
        trace(by, verb, enquiry, at=at, before=before, after=after, reason=enquiry.because)
    return enquiry


@transaction.atomic
def reopen_enquiry(enquiry: Enquiry, *, by: Actor, at: datetime) -> Enquiry:
    """It lives again: the organiser came back."""
    require(by, "enquiry.edit")
    enquiry = _locked(enquiry)
    if enquiry.is_under_way:
        return enquiry
    before, after = put(enquiry, {"state": State.QUALIFIED, "reason": None, "why": "", "closed_at": None})
    trace(by, "enquiry.reopened", enquiry, at=at, before=before, after=after)
    return enquiry


def lock_enquiry(congress: Congress) -> None:
    """Taken before the congress, by whoever may win it with the same act."""
    list(Enquiry.objects.filter(congresses=congress).select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


@transaction.atomic
def win_from(congress: Congress, *, why: str, by: Actor, at: datetime) -> None:
    """Its quote is accepted: the enquiry it came from is won, by whoever said yes. Once."""
    enquiry = _locked(congress.enquiry) if congress.enquiry else None
    if enquiry is not None and enquiry.state != State.WON:
        before, after = put(enquiry, {"state": State.WON, "why": why, "next_step": "", "next_on": None, "closed_at": at})
        trace(by, "enquiry.won", enquiry, at=at, before=before, after=after, reason=why)


@transaction.atomic
def congress_from(
    enquiry: Enquiry,
    code: str,
    *,
    by: Actor,
    at: datetime,
    starts: date | None = None,
    ends: date | None = None,
    organiser: Client | None = None,
    is_new: bool = False,
    **facts: Any,
) -> Congress:
    """The congress an enquiry becomes: its title, dates, organiser, the steps its needs ask for; what it needs is read from it.

    A proposal is under way from then on; an accepted quote wins it. `starts`, `ends`: one of its other dates. Where clients
    look like its organiser and neither `organiser` nor `is_new` says which it is: LooksAlike.
    """
    enquiry = _locked(enquiry)
    starts, ends = starts or enquiry.starts, ends or enquiry.ends
    if starts is None or ends is None:
        raise Refused(_("From when to when? The enquiry has no dates."))
    client = organiser or enquiry.organiser or _organiser(enquiry, is_new=is_new)
    if client is not None and enquiry.organiser_id != client.pk:
        put(enquiry, {"organiser": client})
    said = {"title": LocalText(fr=enquiry.title), "organiser": client, "steps": _steps(enquiry)}
    congress = make_congress(code, starts=starts, ends=ends, enquiry=enquiry, by=by, at=at, **said | facts)
    if enquiry.is_under_way:
        move_enquiry(enquiry, State.PROPOSED, by=by, at=at)
    return congress


def alike(enquiry: Enquiry, limit: int = 8) -> list[Client]:
    """Clients that may be its organiser: the same e-mail, the same phone, the same name. Nobody is merged by it."""
    same = Q()
    if enquiry.email:
        same |= Q(email__iexact=enquiry.email)
    digits = "".join(char for char in enquiry.phone if char.isdigit())[-9:]
    if len(digits) == 9:
        spelled = r"[ .-]*".join(digits)
        same |= Q(phone__regex=spelled + "$") | Q(mobile__regex=spelled + "$")
    words = fold(enquiry.contact)
    if len(words) >= 4:
        same |= Q(search__contains=words)
    return list(Client.objects.filter(same).order_by("company", "last_name", "pk")[:limit]) if same else []


def _organiser(enquiry: Enquiry, *, is_new: bool) -> Client | None:
    if not enquiry.contact and not enquiry.email:
        return None
    found = [] if is_new else alike(enquiry)
    if found:
        raise LooksAlike(found)
    facts = {"company": enquiry.contact or enquiry.title, "email": enquiry.email, "phone": enquiry.phone}
    client = Client(kind=Client.Kind.COMPANY, **facts)
    client.full_clean()
    client.save()
    return client


def _steps(enquiry: Enquiry) -> Sequence[str]:
    kinds = set(enquiry.wanted.values_list("kind", flat=True))
    return ("persons", "fee", "lodging", *(("meals",) if EnquiryNeed.Kind.MEAL in kinds else ()))


def _counted(need: EnquiryNeed) -> str:
    when = _("day %(n)s") % {"n": need.day + 1} if need.day >= 0 else _("eve")
    return f"{need.count} {need.label} ({when})"


def _is_sold(congress: Congress) -> bool:
    return congress.state != Congress.State.PREPARED or uses.quote_accepted(congress)


def _check_dates(starts: date | None, ends: date | None, others: Sequence[Range], at: datetime) -> None:
    """Each range stands by itself, and none is said twice. ValidationError names the field: `last`, `starts`, `last_2` …"""
    errors: dict[str, str] = {}
    found = [("", starts, ends), *((f"_{n}", *range_) for n, range_ in enumerate(others, start=2))]
    for name, first, end in found:
        if first and end and not first < end:
            errors[f"last{name}"] = _("The last day lies before the first.")
        elif first and end and (end - first).days > LONGEST:
            errors[f"last{name}"] = _("An event lasts %(n)s days at most; what is sold all year is a season.") % {"n": LONGEST}
        elif first and (first < EARLIEST or first > at.date() + FARTHEST):
            errors[f"starts{name}"] = _("These dates are too far away to be meant.")
        elif first and end and [(a, b) for _name, a, b in found].count((first, end)) > 1:
            errors[f"starts{name}"] = _("These dates are said twice.")
    if others and not (starts and ends):
        errors["starts"] = _("The first choice comes before the others.")
    if errors:
        raise ValidationError(errors)  # type: ignore[arg-type]


def _write_dates(enquiry: Enquiry, others: Sequence[Range]) -> None:
    enquiry.other_dates.all().delete()
    EnquiryDates.objects.bulk_create(
        EnquiryDates(enquiry=enquiry, preference=n, starts=starts, ends=ends) for n, (starts, ends) in enumerate(others, start=2)
    )


def _said(ranges: Sequence[Range]) -> dict[str, str]:
    return {"other_dates": "; ".join(days(starts, ends) for starts, ends in ranges)} if ranges else {}


def _locked(enquiry: Enquiry) -> Enquiry:
    return Enquiry.objects.select_for_update(no_key=True, of=("self",)).select_related("organiser").get(pk=enquiry.pk)


@transaction.atomic
def make_reason(outcome: str, name: LocalText, *, by: Actor, at: datetime) -> EnquiryReason:
    """Another reason of the bureau's list, at its end."""
    require(by, "enquiry.edit")
    reason = EnquiryReason()
    position = EnquiryReason.objects.filter(outcome=outcome).count()
    _before, after = put(reason, {"outcome": outcome, "name": name, "position": position})
    trace(by, "reason.made", reason, at=at, after=after)
    return reason


@transaction.atomic
def drop_reason(reason: EnquiryReason, *, by: Actor, at: datetime) -> None:
    """It is offered no more; enquiries that bear it keep it."""
    require(by, "enquiry.edit")
    if EnquiryReason.objects.filter(pk=reason.pk, retired_at=None).update(retired_at=at):
        trace(by, "reason.retired", reason, at=at, before={"name": str(reason)})
