"""What the office's side bar holds, in its order. An entry is shown to whoever may do its verb, where its page exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.rights import can


@dataclass(frozen=True)
class Entry:
    """A page of the side bar. `of_congress`: its address takes the congress's code. `of_bureau`: a role in one congress is not enough."""

    label: Any
    icon: str
    url: str
    verb: str
    of_congress: bool = False
    of_bureau: bool = False

    def href(self, congress: Any) -> str:
        return reverse(self.url, args=[congress.code] if self.of_congress else [])


@dataclass(frozen=True)
class Section:
    title: Any
    entries: tuple[Entry, ...]
    of_congress: bool = False


SECTIONS = (
    Section(
        "",
        (
            Entry(_("Today"), "home", "office-today", "congress.see"),
            Entry(_("Enquiries"), "chat", "office-enquiries", "enquiry.edit"),
            Entry(_("Congresses"), "cal", "office-congresses", "congress.see"),
        ),
    ),
    Section(
        _("This congress"),
        (
            Entry(_("Set-up"), "edit", "office-congress", "congress.see", of_congress=True),
            Entry(_("Room requests"), "mail", "office-requests", "congress.see", of_congress=True),
            Entry(_("Quotes"), "doc", "office-quotes", "congress.see", of_congress=True),
            Entry(_("Organiser’s account"), "users", "office-organiser-account", "congress.see", of_congress=True),
            Entry(_("Bookings"), "inbox", "office-bookings", "congress.see", of_congress=True),
            Entry(_("Waiting list"), "glass", "office-waiting-list", "waiting.see", of_congress=True),
            Entry(_("Draws"), "ticket", "office-draws", "draw.see", of_congress=True),
            Entry(_("Planning"), "bed", "office-planning", "congress.see", of_congress=True),
            Entry(_("Sub-blocks"), "users", "office-sub-blocks", "subblock.see", of_congress=True),
            Entry(_("Pick-up"), "chart", "office-pickup", "congress.see", of_congress=True),
            Entry(_("After the stay"), "check", "office-stays", "booking.see_money", of_congress=True),
            Entry(_("Lists"), "list", "office-lists", "congress.see", of_congress=True),
            Entry(_("Purchases and margin"), "euro", "office-purchases", "booking.see_money", of_congress=True),
            Entry(_("Payouts"), "bank", "office-payouts", "congress.see", of_congress=True),
        ),
        of_congress=True,
    ),
    Section(
        _("Money"),
        (
            Entry(_("Payments"), "card", "office-payments", "congress.see"),
            Entry(_("Invoices"), "doc", "office-invoices", "congress.see"),
            Entry(_("Books"), "euro", "office-books", "accounting.see", of_bureau=True),
        ),
    ),
    Section(
        _("Files"),
        (
            Entry(_("Suppliers"), "bed", "office-suppliers", "catalogue.see"),
            Entry(_("Clients"), "users", "office-clients", "clients.see"),
            Entry(_("Mails"), "mail", "office-mails", "congress.see"),
            Entry(_("People"), "key", "office-people", "users.edit"),
            Entry(_("Settings"), "gear", "office-settings", "bureau.see"),
        ),
    ),
)


def sections(actor: Any, congress: Any, path: str, here: str = "") -> Iterator[tuple[Any, list[tuple[Entry, str, bool]]]]:
    """Sections with their entries, each with its address and whether it is the page shown (`here`, else the longest address that fits)."""
    found = []
    for section in SECTIONS:
        if section.of_congress and congress is None:
            continue
        allowed = [entry for entry in section.entries if can(actor, entry.verb, None if entry.of_bureau else congress)]
        entries = [(entry, _href(entry, congress)) for entry in allowed]
        found.append((section.title, [(entry, href) for entry, href in entries if href]))
    shown = {entry.url: href for _title, entries in found for entry, href in entries}
    longest = max((href for href in shown.values() if path.startswith(href)), key=len, default="")
    current = shown.get(here, longest)
    for title, entries in found:
        if entries:
            yield title, [(entry, href, href == current) for entry, href in entries]


def _href(entry: Entry, congress: Any) -> str:
    try:
        return entry.href(congress)
    except NoReverseMatch:
        return ""
