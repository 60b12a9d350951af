"""A quote: built from what is retained, sent in a version that no longer changes, accepted or refused by a person with a name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import Client, File, Link, actor_name
from pleniere.accounts.rights import Actor, require
from pleniere.allotment.models import Scenario
from pleniere.common.money import MOST, cents
from pleniere.common.moves import move
from pleniere.common.shown import day as say
from pleniere.congress.actions import lock_enquiry, touch, win_from
from pleniere.congress.models import Congress
from pleniere.congress.pricing import cut
from pleniere.congress.programme import read

from .account import on_margin, take
from .letters import link_for, mail, tell
from .models import Quote, QuoteLine
from .retained import LineFacts, facts_of, proposed, retained

State = Quote.State
VALID = timedelta(days=21)
MOST_LINES = 300


class CannotQuote(ValueError):
    """Said in words: nothing to quote, no address to send to, a date that is past …"""


class NotOpen(Exception):
    """It no longer waits for an answer: answered, expired, or followed by a newer version."""

    def __init__(self, quote: Quote):
        self.quote = quote
        super().__init__(f"{quote}: {quote.state}")


class OtherVersion(Exception):
    """What was read is not what stands: it is shown anew before any yes."""


@transaction.atomic
def make_quote(congress: Congress, *, by: Actor, at: datetime, client: Client | None = None) -> Quote:
    """The next version, in draft: the lines of the last one, or, for the first, what is retained and sold by the place.

    While a draft exists it is that one: a repeat makes no second. Raises CannotQuote where the congress has no organiser.
    """
    require(by, "quote.edit", congress)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=congress.pk)
    draft = congress.quotes.filter(state=State.DRAFT).first()
    if draft is not None:
        return draft
    client = client or congress.organiser
    if client is None:
        raise CannotQuote(_("Whose congress is it? Name its organiser first."))
    last = congress.quotes.order_by("-version").first()
    quote = Quote.objects.create(
        congress=congress,
        version=(congress.quotes.aggregate(last=Max("version"))["last"] or 0) + 1,
        client=client,
        text=last.text if last else "",
        valid_until=min(congress.local_date(at) + VALID, max(congress.starts, congress.local_date(at))),
        made_by=actor_name(by),
    )
    _write(quote, [facts_of(line) for line in last.lines.all()] if last else retained(congress, at=at))
    trace(by, "quote.made", quote, at=at, after={"version": quote.version})
    return quote


@transaction.atomic
def edit_quote(
    quote: Quote,
    *,
    lines: Sequence[LineFacts],
    text: str,
    valid_until: date,
    by: Actor,
    at: datetime,
    client: Client | None = None,
) -> Quote:
    """Write a draft anew. What is sent no longer changes: a change is the next version (NotOpen)."""
    require(by, "quote.edit", quote)
    quote = _locked(quote)
    if quote.state != State.DRAFT:
        raise NotOpen(quote)
    _check(lines)
    quote.text, quote.valid_until, quote.client = text, valid_until, client or quote.client
    quote.full_clean()
    quote.save(update_fields=["text", "valid_until", "client"])
    was = [_plain(line) for line in quote.lines.all()]
    _write(quote, lines)
    now = [_plain(line) for line in quote.lines.all()]
    if was != now:
        trace(by, "quote.edited", quote, at=at, before={"lines": was}, after={"lines": now})
    return quote


@transaction.atomic
def fill_quote(quote: Quote, *, by: Actor, at: datetime, scenario: Scenario | None = None) -> Quote:
    """Take what is retained, or what a scenario would take, anew into a draft; lines typed by hand and packages stay."""
    if scenario is not None and scenario.congress_id != quote.congress_id:
        raise CannotQuote(_("This scenario belongs to another congress."))
    kept = [facts_of(line) for line in quote.lines.select_related("rate__service") if line.supplier_id is None or line.rate_id]
    facts = {"text": quote.text, "valid_until": quote.valid_until}
    found = retained(quote.congress, at=at) if scenario is None else proposed(scenario, at=at)
    return edit_quote(quote, lines=[*found, *kept], by=by, at=at, **facts)  # type: ignore[arg-type]


@transaction.atomic
def send_quote(quote: Quote, *, by: Actor, at: datetime) -> Link:
    """Freeze this version, mail its link to the organiser. Versions sent before and unanswered are superseded.

    A repeat sends nothing anew and gives the same link.
    """
    require(by, "quote.edit", quote)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=quote.congress_id)
    quote = _locked(quote)
    if quote.state == State.SENT:
        return link_for(quote)
    _check_sending(quote, congress, at)
    for other in congress.quotes.filter(state=State.SENT).exclude(pk=quote.pk):
        move(other, State.SUPERSEDED, Quote.MOVES)
    quote.sha256 = fingerprint(quote)
    move(quote, State.SENT, Quote.MOVES, sent_at=at, sha256=quote.sha256)
    link = link_for(quote)
    trace(by, "quote.sent", quote, at=at, after={"to": quote.client.email, "sha256": quote.sha256})
    mail(quote, "quote", to=quote.client.email, key=f"quote-{quote.pk}", url=links.url(link))
    return link


@transaction.atomic
def accept_quote(
    quote: Quote, *, name: str, function: str, seen: str, by: Actor, at: datetime, address: str | None = None
) -> Quote:
    """Yes, to the version whose `seen` fingerprint was shown: who, as what, when, from where are kept.

    The version accepted before it is superseded. The same yes again changes nothing. Raises NotOpen, OtherVersion, CannotQuote.
    """
    require(by, "quote.answer", quote)
    lock_enquiry(quote.congress)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=quote.congress_id)
    quote = _locked(quote)
    if quote.state == State.ACCEPTED and quote.sha256 == seen:
        return quote
    _open(quote, congress, at)
    if seen != quote.sha256 or fingerprint(quote) != quote.sha256:
        raise OtherVersion
    return _accept(quote, congress, name=name, function=function, by=by, at=at, address=address)


@transaction.atomic
def record_acceptance(
    quote: Quote,
    *,
    name: str,
    function: str,
    on: date,
    via: str,
    file: File | None = None,
    by: Actor,
    at: datetime,
) -> Quote:
    """Yes, given on paper, by mail or by phone and written down by the bureau: who, as what, on which day, from what.

    It may have been signed in time and reach us later: the day it was given must lie within the version's validity.
    The same yes again changes nothing. Raises NotOpen, CannotQuote.
    """
    require(by, "quote.edit", quote)
    lock_enquiry(quote.congress)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=quote.congress_id)
    quote = _locked(quote)
    if quote.state == State.ACCEPTED:
        return quote
    later = congress.quotes.filter(version__gt=quote.version).exclude(state=State.DRAFT)
    if quote.state not in (State.SENT, State.EXPIRED) or later.exists():
        raise NotOpen(quote)
    sent = congress.local_date(quote.sent_at) if quote.sent_at else on
    if on > congress.local_date(at) or on < sent:
        raise CannotQuote(
            _("This version left on %(day)s: the yes was given that day or since, not later than today.") % {"day": say(sent)}
        )
    if on > quote.valid_until:
        raise CannotQuote(_("It was valid until %(day)s: make a new version.") % {"day": say(quote.valid_until)})
    given = at if on == congress.local_date(at) else datetime.combine(on, time(12), congress.zone)
    facts: dict[str, Any] = {"answered_via": via, "answered_file": file, "recorded_by": actor_name(by)}
    return _accept(quote, congress, name=name, function=function, by=by, at=at, given=given, **facts)


def _accept(
    quote: Quote,
    congress: Congress,
    *,
    name: str,
    function: str,
    by: Actor,
    at: datetime,
    given: datetime | None = None,
    address: str | None = None,
    **facts: Any,
) -> Quote:
    """The version accepted before is superseded; the organiser's own items stand on its account, by difference."""
    name, function = name.strip(), function.strip()
    if not name or not function:
        raise CannotQuote(_("Who accepts, and in what function?"))
    former = congress.quotes.filter(state=State.ACCEPTED).first()
    if former is not None:
        move(former, State.SUPERSEDED, Quote.MOVES)
    facts |= {"answered_at": given or at, "answered_name": name, "answered_function": function, "answered_from": address}
    move(quote, State.ACCEPTED, Quote.MOVES, **facts)
    account = take(quote, former, at=at)
    touch(congress)
    after = {"name": name, "function": function, "sha256": quote.sha256, "from": address or ""}
    after |= {"via": quote.answered_via, "account": str(account) if account else ""}
    trace(by, "quote.accepted", quote, at=at, after=after)
    win_from(congress, why=_("Quote %(n)d accepted.") % {"n": quote.version}, by=by, at=at)
    tell(quote, "accepted")
    return quote


@transaction.atomic
def refuse_quote(quote: Quote, *, why: str, by: Actor, at: datetime, name: str = "", address: str | None = None) -> Quote:
    """No, and why: the next version is made from it. A repeat changes nothing."""
    require(by, "quote.answer", quote)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=quote.congress_id)
    quote = _locked(quote)
    if quote.state == State.REFUSED:
        return quote
    _open(quote, congress, at)
    if not why.strip():
        raise CannotQuote(_("What should change? A few words help us make the next one."))
    facts = {"answered_at": at, "answered_name": name.strip(), "answered_from": address, "refused_why": why.strip()}
    move(quote, State.REFUSED, Quote.MOVES, **facts)
    trace(by, "quote.refused", quote, at=at, after={"name": name.strip()}, reason=why.strip())
    tell(quote, "refused")
    return quote


@transaction.atomic
def expire_quote(quote: Quote, *, by: Actor, at: datetime) -> bool:
    """Its last day is past, where its congress is. True for the one who did it."""
    quote = _locked(quote)
    if quote.state != State.SENT or not is_past(quote, at):
        return False
    expired = move(quote, State.EXPIRED, Quote.MOVES)
    if expired:
        trace(by, "quote.expired", quote, at=at, after={"valid_until": str(quote.valid_until)})
    return expired


@transaction.atomic
def drop_draft(quote: Quote, *, by: Actor, at: datetime) -> None:
    """A draft nobody saw goes; its number is given again."""
    require(by, "quote.edit", quote)
    quote = _locked(quote)
    if quote.state != State.DRAFT:
        raise NotOpen(quote)
    trace(by, "quote.dropped", quote, at=at, before={"lines": [_plain(line) for line in quote.lines.all()]})
    quote.delete()


def fingerprint(quote: Quote) -> str:
    """Of all that is accepted: the parties, the words, the day, every line."""
    said: dict[str, Any] = {
        "congress": quote.congress.code,
        "version": quote.version,
        "client": str(quote.client),
        "text": quote.text,
        "valid_until": str(quote.valid_until),
        "lines": [_plain(line) for line in quote.lines.all()],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_past(quote: Quote, at: datetime) -> bool:
    return quote.congress.local_date(at) > quote.valid_until


def _write(quote: Quote, lines: Sequence[LineFacts]) -> None:
    quote.lines.all().delete()
    plan = read(quote.congress) if any(line.rate for line in lines) else None
    rows = []
    for position, line in enumerate(lines, start=1):
        unit = cents(line.unit)
        computed = {"unit": unit, "total": cents(unit * line.quantity), "margin": on_margin(line)}
        row = QuoteLine(quote=quote, position=position, **vars(line) | computed)
        if plan and line.rate:
            cuts = cut(plan, list(line.rate.components.all()), unit, line.quantity, quote.congress.starts)
            row.parts = [[f"{each.vat:f}", f"{each.total:f}", dict(each.name)] for each in cuts]
            row.vat = max(cuts, key=lambda each: each.total).vat if cuts else row.vat
        rows.append(row)
    QuoteLine.objects.bulk_create(rows)


def _check(lines: Sequence[LineFacts]) -> None:
    _check_packages(lines)
    if len(lines) > MOST_LINES:
        raise CannotQuote(_("A quote holds %(n)d lines at most.") % {"n": MOST_LINES})
    for line in lines:
        if not line.label.strip() or "\x00" in line.label + line.group:
            raise CannotQuote(_("Each line says what it is for."))
        if not 0 <= line.unit <= MOST or not 0 < line.quantity <= 1_000_000 or line.unit * line.quantity > MOST:
            raise CannotQuote(_("“%(what)s”: this quantity or price makes no sense.") % {"what": line.label[:60]})
        if not 0 < line.days <= 366 or line.quantity % line.days:
            raise CannotQuote(_("“%(what)s”: so many persons, so many days.") % {"what": line.label[:60]})
        if not 0 <= line.vat <= 100:
            raise CannotQuote(_("“%(what)s”: this VAT rate makes no sense.") % {"what": line.label[:60]})


def _check_packages(lines: Sequence[LineFacts]) -> None:
    """A package has one price in a congress: a change at the office is priced as the quote was."""
    prices: dict[int, tuple[Decimal, Decimal | None]] = {}
    for line in lines:
        if line.rate and prices.setdefault(line.rate.pk, (line.unit, line.buy)) != (line.unit, line.buy):
            raise CannotQuote(_("“%(what)s” stands twice, at two prices.") % {"what": line.rate})


def _check_sending(quote: Quote, congress: Congress, at: datetime) -> None:
    if quote.state != State.DRAFT:
        raise NotOpen(quote)
    if not quote.lines.exists():
        raise CannotQuote(_("It has no line: there is nothing to accept."))
    if not quote.client.email:
        raise CannotQuote(_("%(who)s has no e-mail address: give one in the client’s sheet.") % {"who": quote.client})
    if quote.valid_until < congress.local_date(at):
        raise CannotQuote(_("It would be out of date when it arrives: move its last day."))


def _open(quote: Quote, congress: Congress, at: datetime) -> None:
    if quote.state != State.SENT or congress.local_date(at) > quote.valid_until:
        raise NotOpen(quote)


def _locked(quote: Quote) -> Quote:
    return Quote.objects.select_for_update(no_key=True, of=("self",)).select_related("congress", "client").get(pk=quote.pk)


def _plain(line: QuoteLine) -> list[Any]:
    said = [line.group, line.label, line.quantity, f"{line.unit:f}", f"{line.vat:f}", f"{line.total:f}", line.who]
    said += [line.days, line.parts] if line.days > 1 or line.parts else []
    return [*said, "margin"] if line.margin else said
