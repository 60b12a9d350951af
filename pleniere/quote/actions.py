"""A quote: built from what is retained, sent in a version that no longer changes, accepted or refused by a person with a name."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import Client, Link, actor_name, subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.allotment.models import Block
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.money import MOST, ZERO, cents, total
from pleniere.common.moves import move
from pleniere.common.nights import DAY
from pleniere.congress.actions import touch
from pleniere.congress.models import Congress, Offer
from pleniere.congress.pricing import NotSold, price
from pleniere.congress.programme import Programme, read
from pleniere.messaging import outbox
from pleniere.stock.models import Grant, StockDay

from .models import Quote, QuoteLine
from .queries import sums

State, Who = Quote.State, QuoteLine.Who
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


@dataclass(frozen=True)
class LineFacts:
    """One line as it is asked for; its total is computed."""

    label: str
    unit: Decimal
    quantity: int = 1
    vat: Decimal = Decimal(20)
    who: str = Who.ORGANISER
    group: str = ""
    supplier: Supplier | None = None


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
def fill_quote(quote: Quote, *, by: Actor, at: datetime) -> Quote:
    """Take what is retained anew into a draft; lines typed by hand stay."""
    kept = [facts_of(line) for line in quote.lines.filter(supplier=None)]
    facts = {"text": quote.text, "valid_until": quote.valid_until}
    return edit_quote(quote, lines=[*retained(quote.congress, at=at), *kept], by=by, at=at, **facts)  # type: ignore[arg-type]


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
    _mail(quote, "quote", to=quote.client.email, key=f"quote-{quote.pk}", url=links.url(link))
    return link


@transaction.atomic
def accept_quote(
    quote: Quote, *, name: str, function: str, seen: str, by: Actor, at: datetime, address: str | None = None
) -> Quote:
    """Yes, to the version whose `seen` fingerprint was shown: who, as what, when, from where are kept.

    The version accepted before it is superseded. The same yes again changes nothing. Raises NotOpen, OtherVersion, CannotQuote.
    """
    require(by, "quote.answer", quote)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=quote.congress_id)
    quote = _locked(quote)
    if quote.state == State.ACCEPTED and quote.sha256 == seen:
        return quote
    _open(quote, congress, at)
    if seen != quote.sha256 or fingerprint(quote) != quote.sha256:
        raise OtherVersion
    if not name.strip() or not function.strip():
        raise CannotQuote(_("Who accepts, and in what function?"))
    for former in congress.quotes.filter(state=State.ACCEPTED):
        move(former, State.SUPERSEDED, Quote.MOVES)
    facts = {"answered_at": at, "answered_name": name.strip(), "answered_function": function.strip(), "answered_from": address}
    move(quote, State.ACCEPTED, Quote.MOVES, **facts)
    touch(congress)
    after = {"name": name.strip(), "function": function.strip(), "sha256": quote.sha256, "from": address or ""}
    trace(by, "quote.accepted", quote, at=at, after=after)
    _tell(quote, "accepted")
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
    _tell(quote, "refused")
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


def link_for(quote: Quote) -> Link:
    """The organiser's link to this version. It shows it as long as the congress is remembered; it accepts while that may be."""
    return links.make(Link.Purpose.QUOTE, quote, holder=quote.client.email)


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


def retained(congress: Congress, *, at: datetime) -> list[LineFacts]:
    """What the blocks hold, night prices as sold, and what is sold by the place: all guaranteed to the delegates, who pay it."""
    plan = read(congress)
    on = congress.local_date(at)
    with translation.override(congress.organiser.language if congress.organiser else "fr"):
        return [*_rooms(congress, plan, on), *_services(congress, plan, on)]


def facts_of(line: QuoteLine) -> LineFacts:
    return LineFacts(line.label, line.unit, line.quantity, line.vat, line.who, line.group, line.supplier)


def _rooms(congress: Congress, plan: Programme, on: date) -> list[LineFacts]:
    """Rooms of every block, by hotel, type and price: so many nights at so much."""
    blocks = {block.grant_block: block for block in Block.objects.filter(congress=congress).select_related("supplier")}
    granted = (
        Grant.objects.filter(block__in=blocks)
        .values_list("block", "stock_day__pool", "stock_day__service", "stock_day__day")
        .annotate(rooms=Sum("rooms"))
        .order_by("block", "stock_day__service", "stock_day__day")
    )
    offers = {(offer.pool_id, offer.service_id): offer for offer in plan.offers.values() if offer.starts is None}
    nights: dict[tuple[int, int, Decimal, Decimal], list[tuple[date, int]]] = defaultdict(list)
    for name, pool, service, day, rooms in granted:
        offer = offers.get((pool, service))
        asked = _asked(plan, offer, day, on) if offer else None
        if offer and asked and rooms > 0:
            nights[blocks[name].supplier_id, offer.pk, asked[0], asked[1]].append((day, rooms))
    found = []
    for (_supplier, pk, unit, vat), held in nights.items():
        offer = plan.offers[pk]
        count = sum(rooms for _day, rooms in held)
        label = ngettext("%(what)s, %(n)d night in all", "%(what)s, %(n)d nights in all", count)
        label = label % {"what": offer, "n": count}
        supplier = offer.service.supplier
        found.append(LineFacts(label[:250], unit, count, vat, Who.DELEGATES, supplier.name[:120], supplier))
    return found


def _services(congress: Congress, plan: Programme, on: date) -> list[LineFacts]:
    """What is sold by the place and has a price: so many places at so much."""
    places = {
        (row.pool_id, row.service_id, row.day): row.granted
        for row in StockDay.objects.filter(congress=congress).exclude(service__kind=Service.Kind.ROOM)
    }
    found = []
    for offer in plan.offers.values():
        day = offer.starts or congress.starts
        count = places.get((offer.pool_id or 0, offer.service_id, day), 0)
        asked = _asked(plan, offer, day, on) if count and offer.step.kind != "LODGING" else None
        if asked and asked[0] > 0:
            supplier = offer.service.supplier
            found.append(LineFacts(str(offer)[:250], asked[0], count, asked[1], Who.DELEGATES, str(offer.step)[:120], supplier))
    return found


def _asked(plan: Programme, offer: Offer, day: date, on: date) -> tuple[Decimal, Decimal] | None:
    """What one is sold for on a day, VAT included, and its VAT; none where it has no price."""
    for rate in plan.rates.get(offer.service_id, []):
        try:
            quoted = price(plan, rate, start=day, end=day + DAY, on=on, pool=offer.pool_id)[0]
        except NotSold:
            continue
        return quoted.total, quoted.vat
    return None


def _write(quote: Quote, lines: Sequence[LineFacts]) -> None:
    quote.lines.all().delete()
    QuoteLine.objects.bulk_create(
        QuoteLine(
            quote=quote, position=position, **vars(line) | {"unit": cents(line.unit), "total": cents(line.unit * line.quantity)}
        )
        for position, line in enumerate(lines, start=1)
    )


def _check(lines: Sequence[LineFacts]) -> None:
    if len(lines) > MOST_LINES:
        raise CannotQuote(_("A quote holds %(n)d lines at most.") % {"n": MOST_LINES})
    for line in lines:
        if not line.label.strip() or "\x00" in line.label + line.group:
            raise CannotQuote(_("Each line says what it is for."))
        if not 0 <= line.unit <= MOST or not 0 < line.quantity <= 1_000_000 or line.unit * line.quantity > MOST:
            raise CannotQuote(_("“%(what)s”: this quantity or price makes no sense.") % {"what": line.label[:60]})
        if not 0 <= line.vat <= 100:
            raise CannotQuote(_("“%(what)s”: this VAT rate makes no sense.") % {"what": line.label[:60]})


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
    return [line.group, line.label, line.quantity, f"{line.unit:f}", f"{line.vat:f}", f"{line.total:f}", line.who]


def context(quote: Quote) -> dict[str, Any]:
    """What every mail about a quote knows."""
    lines = list(quote.lines.all())
    congress = quote.congress
    return {
        "quote": quote,
        "congress": congress,
        "total": sums(lines, Who.ORGANISER).gross,
        "kept": total(line.total for line in lines if line.who == Who.DELEGATES) or ZERO,
        "help": {"name": congress.help_name, "phone": congress.help_phone, "email": congress.help_email},
    }


def preview(quote: Quote) -> outbox.Rendered:
    """The mail as it would leave; its link is a sample, for no link is made by looking."""
    return outbox.render("quote/quote", quote.client.language, **context(quote), url="…/l/…/")


def _mail(quote: Quote, template: str, *, to: str, key: str, **more: Any) -> None:
    outbox.queue(
        f"quote/{template}",
        to=to,
        to_name=str(quote.client),
        language=quote.client.language,
        key=key,
        about=subject_of(quote),
        congress_id=quote.congress_id,
        **context(quote),
        **more,
    )


def _tell(quote: Quote, what: str) -> None:
    """The organiser gets a copy of what they said, the bureau learns it."""
    sender = outbox.bureau()
    url = links.url(link_for(quote))
    if quote.client.email:
        _mail(quote, what, to=quote.client.email, key=f"quote-{quote.pk}-{what}", url=url)
    office = quote.congress.help_email or (sender.email if sender else "")
    if office:
        _mail(quote, what, to=office, key=f"quote-{quote.pk}-{what}-office", url=url)
