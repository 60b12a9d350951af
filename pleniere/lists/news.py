"""Towards each hotel, only what changed: stays new, amended or cancelled since it took them in; as a page, a file and a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.models import Invitation
from pleniere.booking.models import Change
from pleniere.booking.queries import SupplierLine, supplier_lines
from pleniere.catalogue.models import Service, Supplier
from pleniere.common import sheets, shown
from pleniere.common.templatetags.shown import colon
from pleniere.congress.models import Congress
from pleniere.messaging import outbox
from pleniere.messaging.models import Message
from pleniere.messaging.words import key_of

LATE, SOON = timedelta(days=3), timedelta(days=30)  # not taken in for so long; of an arrival so near, or known before
STATES = {"NEW": gettext_lazy("New"), "AMENDED": gettext_lazy("Amended"), "CANCELLED": gettext_lazy("Cancelled")}
WAS = {
    "start": gettext_lazy("arrival"),
    "end": gettext_lazy("departure"),
    "quantity": gettext_lazy("rooms"),
    "room": gettext_lazy("room"),
    "persons": gettext_lazy("names"),
}
TYPES = {"xlsx": sheets.TYPES["xlsx"], "pdf": "application/pdf"}


class CannotTell(ValueError):
    """Said in words: nothing to tell, nobody to write to."""


@dataclass
class Piece:
    """A stay that the hotel has not taken in as it is, and since when."""

    row: SupplierLine
    since: datetime | None = None
    is_late: bool = False

    @property
    def state(self) -> str:
        return str(STATES[self.row.state])

    @property
    def was(self) -> str:
        """What it was when the hotel last took it in, in words."""
        if self.row.state != "AMENDED":
            return ""
        return ", ".join(f"{WAS[name]}{colon()}{_old(name, old)}" for name, old in self.row.changes.items() if name in WAS)

    @property
    def room(self) -> str:
        code = self.row.line.offer.service.room_type
        return str(Service.Room(code).label) if code in Service.Room.values else str(self.row.line.offer)


def _old(name: str, old: object) -> str:
    if name in ("start", "end"):
        day = parse_date(str(old))
        return shown.day(day) if day else ""
    if name == "room":
        return str(Service.Room(str(old)).label) if old in Service.Room.values else str(old)
    return ", ".join(map(str, old)) if isinstance(old, list) else str(old)


@dataclass
class News:
    """All that a hotel has still to take in of a congress."""

    supplier: Supplier
    pieces: list[Piece] = field(default_factory=list)

    @property
    def late(self) -> int:
        return sum(piece.is_late for piece in self.pieces)


def columns(*, with_hotel: bool = False) -> list[sheets.Column]:
    """No phone, no mail, no price: a hotel reads it."""
    found = [sheets.Column(gettext_lazy("Hotel"), lambda piece: str(piece.row.line.offer.service.supplier), width=28)]
    return [
        *(found if with_hotel else ()),
        sheets.Column(gettext_lazy("What changed"), "state", width=10),
        sheets.Column(gettext_lazy("Booking"), "row.line.booking.number", width=11),
        sheets.Column(gettext_lazy("Persons"), lambda piece: ", ".join(map(str, piece.row.persons)), width=34),
        sheets.Column(gettext_lazy("Room"), "room", width=16),
        sheets.Column(gettext_lazy("Rooms"), "row.line.quantity", sheets.INT),
        sheets.Column(gettext_lazy("Arrival"), "row.line.start", sheets.DATE),
        sheets.Column(gettext_lazy("Departure"), "row.line.end", sheets.DATE),
        sheets.Column(gettext_lazy("Before"), "was", width=34),
        sheets.Column(gettext_lazy("Your number"), "row.line.supplier_number", width=12),
    ]


def is_gone(piece: Piece) -> bool:
    return piece.row.state == "CANCELLED"


def pieces(rows: Sequence[SupplierLine]) -> list[Piece]:
    """Those of these stays that are news to their hotel: amended, new, then cancelled."""
    order = ["AMENDED", "NEW", "CANCELLED"]
    found = [Piece(row) for row in rows if row.state in order]
    return sorted(found, key=lambda piece: (order.index(piece.row.state), piece.row.line.start, piece.row.line.pk))


def news_of(congress: Congress, *, at: datetime, supplier: int | None = None) -> list[News]:
    """By hotel, what it has not taken in, overdue as on the day page; five queries, whatever their number."""
    found = pieces(supplier_lines(congress.pk, supplier))
    moved = Change.objects.filter(line__in=[piece.row.line.pk for piece in found]).order_by().values_list("line")
    since = dict(moved.annotate(last=Max("at")))
    today = congress.local_date(at)
    hotels: dict[int, News] = {}
    for piece in found:
        line = piece.row.line
        placed = line.booking.placed_at
        piece.since = max(filter(None, [since.get(line.pk), placed]), default=None)
        piece.is_late = bool(piece.since and piece.since <= at - LATE and (line.seen_version or line.start <= today + SOON))
        hotels.setdefault(line.offer.service.supplier_id, News(line.offer.service.supplier)).pieces.append(piece)
    return sorted(hotels.values(), key=lambda news: (-bool(news.late), news.supplier.name))


def file_of(found: Sequence[Piece], kind: str, *, title: str, language: str) -> bytes:
    with translation.override(language):
        if kind == "pdf":
            return sheets.to_pdf(columns(), found, title=title, language=language, struck=is_gone)
        return sheets.to_xlsx(columns(), found, title=title, struck=is_gone)


@dataclass(frozen=True)
class Letter:
    """What a hotel has still to take in, as a mail: whose page it leads to, what it says."""

    invitation: Invitation
    pieces: list[Piece]
    title: str
    file_name: str
    rows: list[dict[str, str]]

    @property
    def facts(self) -> dict[str, Any]:
        """What the template reads, but the link."""
        return {"to_name": self.invitation.supplier.name, "list_title": self.title, "rows": self.rows}


def letter_of(congress: Congress, supplier: Supplier, *, at: datetime) -> Letter:
    """In the hotel's language. Raises CannotTell where nothing changed, or nobody can be written to."""
    found = [piece for news in news_of(congress, at=at, supplier=supplier.pk) for piece in news.pieces]
    if not found:
        raise CannotTell(_("%(hotel)s has taken everything in.") % {"hotel": supplier})
    rows = Invitation.objects.filter(congress=congress, supplier=supplier).exclude(state=Invitation.State.DRAFT)
    invitation = rows.select_related("request", "supplier", "congress").order_by("-pk").first()
    if invitation is None or not invitation.email:
        raise CannotTell(_("%(hotel)s has no e-mail: call it, and give it the list.") % {"hotel": supplier})
    with translation.override(invitation.language):
        title = _("What has changed: %(hotel)s, %(congress)s") % {"hotel": supplier, "congress": congress}
        name = f"{_('changes')}-{congress.code}"
        said = [
            {"state": p.state, "who": p.row.name, "stay": shown.stay(p.row.line.start, p.row.line.end), "was": p.was}
            for p in found
        ]
    return Letter(invitation, found, title, name, said)


def preview_news(letter: Letter) -> outbox.Rendered:
    """The mail as it would leave; its link is a sample, for no link is made by looking."""
    return outbox.render("lists/news", letter.invitation.language, **letter.facts, url="…/l/…/")


@transaction.atomic
def tell_news(congress: Congress, supplier: Supplier, *, by: Actor, at: datetime) -> Message:
    """Write to the hotel what it has to take in, with its page's link and the list as files. The same news once a day at most.

    Raises CannotTell where nothing changed, or nobody can be written to.
    """
    require(by, "lists.send", congress)
    letter = letter_of(congress, supplier, at=at)
    invitation, found, language = letter.invitation, letter.pieces, letter.invitation.language
    key = _key(congress, supplier, found, congress.local_date(at))
    known = Message.objects.filter(key=key_of(key)).first()
    if known is not None:
        return known
    files = [(f"{letter.file_name}.{k}", t, file_of(found, k, title=letter.title, language=language)) for k, t in TYPES.items()]
    message = outbox.queue(
        "lists/news",
        to=invitation.email,
        key=key,
        language=language,
        about=subject_of(invitation.request),
        congress_id=congress.pk,
        attachments=files,
        url=links.url(link_for(invitation)),
        **letter.facts,
    )
    trace(by, "list.news_sent", congress, at=at, after={"to": invitation.email, "rows": len(found)})
    return message


def _key(congress: Congress, supplier: Supplier, found: Sequence[Piece], today: date) -> str:
    said = ",".join(f"{piece.row.line.pk}:{piece.row.line.version}" for piece in found)
    return f"news-{congress.pk}-{supplier.pk}-{today}-{sha256(said.encode()).hexdigest()[:16]}"
