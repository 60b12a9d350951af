"""What the hotel's page shows: what is asked, what it has answered, what is booked, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pleniere.accounts.models import Link, User, subject_of
from pleniere.allotment import letters, papers
from pleniere.allotment.dates import AROUND
from pleniere.allotment.grid import grid
from pleniere.allotment.models import Block, Invitation, Request
from pleniere.allotment.queries import agreed_prices, may_stop, types_on_sale
from pleniere.allotment.versions import versions
from pleniere.booking.queries import SupplierLine, supplier_lines, supplier_news
from pleniere.catalogue.models import Contact, Service
from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.lists.news import columns, is_gone, pieces
from pleniere.payout.models import Payout
from pleniere.payout.notes import note_pdf
from pleniere.stock.queries import Track, tracks
from pleniere.web.typed import number

REASONS = {
    "FULL": gettext_lazy("We are full on these nights"),
    "CLOSED": gettext_lazy("We are closed then"),
    "SIZE": gettext_lazy("The group is too large for us"),
    "PRICE": gettext_lazy("Not at these conditions"),
}
NEWS = ("AMENDED", "NEW", "CANCELLED")


@dataclass
class Fact:
    """One fact of a booking: its name, what it is now, what it was when last taken in."""

    name: str
    value: str
    old: str = ""


@dataclass
class Shown:
    """A booking line as the hotel reads it."""

    row: SupplierLine
    facts: list[Fact]

    @property
    def stay(self) -> str:
        line = self.row.line
        same = line.start.month == line.end.month
        return f"{date_format(line.start, 'j' if same else 'j F')} → {date_format(line.end, 'j F')}"

    @property
    def room(self) -> str:
        return room_name(self.row)


@dataclass
class Left:
    """A type's stock night by night."""

    label: str
    days: list[tuple[date, int, int, int]]  # night, granted, taken, free


def page(
    invitation: Invitation,
    at: datetime,
    *,
    correcting: bool = False,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The whole page in a count of queries that does not grow with the bookings."""
    asked, congress, supplier = invitation.request, invitation.congress, invitation.supplier
    asked.congress = congress
    replies = list(invitation.replies.prefetch_related("cells").order_by("version"))
    sent = [reply for reply in replies if not reply.is_draft]
    last = sent[-1] if sent else None
    draft = next((reply for reply in replies if reply.is_draft), None)
    is_open = asked.takes_answers(at)
    is_asked = invitation.state != Invitation.State.DECLINED and (draft is not None or last is None)
    shows_form = is_open and (typed is not None or correcting or is_asked)
    words = typed if typed is not None else draft.typed if draft else last.typed if last else {}
    lines = [Shown(row, facts_of(row)) for row in supplier_lines(congress.pk, supplier.pk)]
    stock = tracks(congress, start=congress.starts - AROUND, end=congress.ends + AROUND, suppliers=[supplier.pk])
    counted = [each for each in lines if each.row.is_counted]
    needs = list(asked.needs.all())
    return {
        "invitation": invitation,
        "asked": asked,
        "congress": congress,
        "supplier": supplier,
        "is_open": is_open,
        "shows_form": shows_form,
        "grid": grid(asked, needs, words, problems) if shows_form else [],
        "any_price": any(need.kind == "QUOTE" for need in needs),
        "words": words,
        "reasons": REASONS.items(),
        "papers": list(invitation.papers.select_related("file")),
        "colleagues": colleagues(invitation, at),
        "price_words": price_words(asked, supplier),
        "draft": draft,
        "last": last,
        "summary": letters.summary(last) if last else [],
        "versions": versions(sent) if len(sent) > 1 else [],
        "deadline": asked.deadline.astimezone(congress.zone),
        "today": congress.local_date(at),
        "has_block": Block.objects.filter(congress=congress, supplier=supplier).exists(),
        "news": sorted((each for each in lines if each.row.state in NEWS), key=lambda each: NEWS.index(each.row.state)),
        "lines": lines,
        "line_count": len(counted),
        "room_nights": sum(each.row.nights for each in counted),
        "stock": [_left(track) for track in stock if track.service.kind == Service.Kind.ROOM],
    }


def on_sale(invitation: Invitation) -> dict[str, Any]:
    """What a form about rooms may name: types and nights of this hotel, from today on."""
    return {"types": types_on_sale(invitation), "today": invitation.congress.local_date(timezone.now())}


def rooms_page(invitation: Invitation, at: datetime) -> dict[str, Any]:
    """Its rooms on sale: night by night at the agreed price, what it may do with them, what it proposed, what it is paid."""
    congress, supplier = invitation.congress, invitation.supplier
    blocks = list(
        Block.objects.filter(congress=congress, supplier=supplier).select_related("contract", "congress").order_by("pk")
    )
    prices: dict[tuple[str, date], Any] = {}
    types = types_on_sale(invitation)
    for block in blocks:
        for code in types:
            prices |= {(code, night): price for night, price in agreed_prices(block, code).items() if price is not None}
    found = tracks(congress, start=congress.starts - AROUND, end=congress.ends + AROUND, suppliers=[supplier.pk])
    today = congress.local_date(at)
    stock = [Priced(_left(track), track.service.room_type, prices) for track in found if track.service.kind == Service.Kind.ROOM]
    free = sum(row[3] for each in stock for row in each.left.days if row[0] == today)
    return {
        "invitation": invitation,
        "congress": congress,
        "supplier": supplier,
        "blocks": blocks,
        "cutoffs": sorted({block.cutoff for block in blocks if block.released_at is None}),
        "stock": stock,
        "must_wait": any(block.contract.is_bought for block in blocks),
        "may_stop": may_stop(invitation),
        "nights": sorted({row[0] for each in stock for row in each.left.days if row[0] >= today and row[3]}),
        "tonight": today,
        "free_tonight": free,
        "proposals": list(invitation.proposals.all()[:30]),
        "paid": paid(congress.pk, supplier.pk),
    }


@dataclass
class Priced:
    """A type's stock, each night with its agreed price."""

    left: Left
    code: str
    prices: Mapping[tuple[str, date], Any]

    @property
    def rows(self) -> list[tuple[date, int, int, int, Any]]:
        return [(*row, self.prices.get((self.code, row[0]))) for row in self.left.days]


@dataclass
class Paid:
    """A payment to the hotel as it may read it: decided, on its way, or there."""

    payout: Payout

    @property
    def words(self) -> str:
        names = {
            Payout.State.EXECUTED: _("paid"),
            Payout.State.SENT: _("sent to the bank"),
            Payout.State.FILED: _("goes to the bank"),
            Payout.State.APPROVED: _("decided, not sent yet"),
            Payout.State.RETURNED: _("came back: give us your bank details"),
            Payout.State.REJECTED: _("refused by the bank: give us your bank details"),
        }
        return str(names[Payout.State(self.payout.state)])


def paid(congress: int, supplier: int) -> list[Paid]:
    """Its own payments for the congress, the last first; drafts and what was dropped are the bureau's business."""
    rows = Payout.objects.filter(congress=congress, supplier=supplier)
    rows = rows.exclude(state__in=[Payout.State.DRAFT, Payout.State.DROPPED])
    return [Paid(row) for row in rows.order_by("-pk")[:50]]


def note(invitation: Invitation, pk: int) -> HttpResponse:
    """What one of its payments pays, booking by booking."""
    rows = Payout.objects.filter(congress=invitation.congress_id, supplier=invitation.supplier_id)
    found = get_object_or_404(rows.exclude(state__in=[Payout.State.DRAFT, Payout.State.DROPPED]), pk=pk)
    content = note_pdf(found, get_language() or "fr")
    headers = {"Content-Disposition": f'inline; filename="{found.end_to_end}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def colleagues(invitation: Invitation, at: datetime) -> list[Link]:
    """Those of the hotel to whom the page was handed on, with a link of their own."""
    live = Link.objects.live(at).filter(subject=subject_of(invitation), purpose=Link.Purpose.ANSWER)
    return list(live.exclude(holder="").order_by("pk"))


def rooming_list(invitation: Invitation, kind: str, *, only: str = "") -> HttpResponse:
    """The bookings as a file: names, nights and states; no phone, no mail. `only` "changes": what is not taken in yet."""
    rows = supplier_lines(invitation.congress_id, invitation.supplier_id)
    if only == "changes":
        said = {"hotel": invitation.supplier, "congress": invitation.congress}
        named = {"title": _("What has changed: %(hotel)s, %(congress)s") % said, "name": f"changes-{invitation.congress.code}"}
        return sheets.export(kind, columns(), pieces(rows), **named, language=get_language() or "fr", struck=is_gone)
    title = _("%(hotel)s, %(congress)s") % {"hotel": invitation.supplier, "congress": invitation.congress}
    facts = {"title": title, "name": f"{invitation.supplier.code}-{invitation.congress.code}"}
    return sheets.export(kind, COLUMNS, rows, **facts, language=get_language() or "fr", struck=lambda row: not row.is_counted)


def answer_paper(invitation: Invitation, version: str) -> HttpResponse:
    """What was sent, as PDF: this version, else the last; 404 where nothing was sent yet."""
    sent = invitation.replies.filter(is_draft=False).prefetch_related("cells").order_by("version")
    wanted = number(version, digits=5)
    reply = get_object_or_404(sent, version=wanted) if wanted else sent.last()
    if reply is None:
        raise Http404
    reply.invitation = invitation
    content = papers.answer_pdf(reply, language=get_language() or "fr")
    headers = {"Content-Disposition": f'inline; filename="{papers.file_name(reply)}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


COLUMNS = (
    sheets.Column(gettext_lazy("File number"), "line.booking.number"),
    sheets.Column(gettext_lazy("Names"), lambda row: ", ".join(map(str, row.persons)), width=36),
    sheets.Column(gettext_lazy("Room"), lambda row: room_name(row)),
    sheets.Column(gettext_lazy("Rooms"), "line.quantity", sheets.INT),
    sheets.Column(gettext_lazy("Arrival"), "line.start", sheets.DATE),
    sheets.Column(gettext_lazy("Departure"), "line.end", sheets.DATE),
    sheets.Column(gettext_lazy("Room nights"), "nights", sheets.INT, total=True),
    sheets.Column(gettext_lazy("State"), "line.get_state_display"),
    sheets.Column(gettext_lazy("Your number"), "line.supplier_number"),
)


def price_words(asked: Request, supplier: Any) -> str:
    """What a price is, in one sentence."""
    board = _("breakfast included") if asked.with_breakfast else _("without breakfast")
    if asked.price_is == Request.Price.NET:
        kind = _("It is the net price we pay you: no commission is taken from it.")
    else:
        kind = _("It is your public price; our commission is taken from it.")
        percents = {c.commission for c in supplier.contracts.all() if c.retired_at is None and not c.is_bought and c.commission}
        if len(percents) == 1:
            words = _("It is your public price; our commission, %(percent)s %%, is taken from it.")
            kind = words % {"percent": f"{percents.pop().normalize():f}"}
    words = _("A price is for one room and one night, VAT included, %(board)s, tourist tax not included. %(kind)s")
    return words % {"board": board, "kind": kind}


def facts_of(row: SupplierLine) -> list[Fact]:
    """Room, arrival, departure, nights, who sleeps there; each with its old value where it has changed."""
    line, was = row.line, row.changes
    before = row.before or {}
    start, end = parse_date(before.get("start") or ""), parse_date(before.get("end") or "")
    facts = [Fact(_("Room"), room_name(row), _room(was["room"]) if "room" in was else "")]
    if line.quantity > 1 or "quantity" in was:
        facts.append(Fact(_("Rooms"), str(line.quantity), str(was.get("quantity", ""))))
    facts.append(Fact(_("Arrival"), _day(line.start), _day(start) if "start" in was else ""))
    facts.append(Fact(_("Departure"), _day(line.end), _day(end) if "end" in was else ""))
    nights = (line.end - line.start).days
    old_nights = (end - start).days if start and end else nights
    facts.append(Fact(_("Nights"), str(nights), str(old_nights) if old_nights != nights else ""))
    facts.append(Fact(_("Sleep there"), ", ".join(map(str, row.persons)) or "–", ", ".join(was.get("persons", []))))
    return facts


def room_name(row: SupplierLine) -> str:
    rate = row.line.rate
    board = str(rate.get_board_display()) if rate.board != "NONE" else ""
    return ", ".join(part for part in (_room(row.line.offer.service.room_type) or str(row.line.offer), board) if part)


def invitations_of(user: User) -> QuerySet[Invitation]:
    """Sent requests of the houses this person works for now."""
    houses = Contact.objects.filter(user=user, left_at=None)
    return Invitation.objects.filter(supplier__in=houses.values("supplier")).exclude(state=Invitation.State.DRAFT)


@dataclass
class Group:
    """A congress with the requests of it."""

    congress: Congress
    rows: list[tuple[Invitation, int]]  # and how many bookings are news


def by_congress(user: User) -> list[Group]:
    """All of a contact's congresses, the latest first."""
    rows = list(
        invitations_of(user).select_related("request", "congress", "supplier").order_by("-congress__starts", "supplier__name")
    )
    news = supplier_news({row.supplier_id for row in rows})
    groups: dict[int, Group] = {}
    for row in rows:
        group = groups.setdefault(row.congress_id, Group(row.congress, []))
        group.rows.append((row, news.get((row.congress_id, row.supplier_id), 0)))
    return list(groups.values())


def _left(track: Track) -> Left:
    days = [(day, row.granted, row.taken, row.free) for day, row in sorted(track.days.items())]
    return Left(_room(track.service.room_type), days)


def _room(code: str) -> str:
    return str(Service.Room(code).label) if code in Service.Room.values else ""


def _day(day: date | None) -> str:
    return date_format(day, "l j F") if day else ""
