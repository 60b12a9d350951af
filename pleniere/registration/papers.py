"""What the buyer keeps: the summary every paper repeats, the confirmation as PDF, the calendar file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from pleniere.accounts.models import Bureau
from pleniere.booking.models import Booking
from pleniere.booking.queries import Row, rows
from pleniere.booking.sharing import merged
from pleniere.catalogue.models import BankAccount
from pleniere.common import paper
from pleniere.common.money import total
from pleniere.common.shown import day, days, money
from pleniere.congress.models import Method
from pleniere.congress.programme import programme
from pleniere.payment.queries import PayerDue, payers_of

from .tax import estimate


@dataclass
class Summary:
    """What mail, PDF and page all say of a booking."""

    rows: list[Row]
    total: Decimal
    payers: list[PayerDue]
    iban: str
    bic: str
    holder: str
    tourist_tax: Decimal
    collected_tax: Decimal  # of the total: what we hand on to the town
    paid_on_site: Decimal
    steps: list[tuple[str, list[Row]]] = field(default_factory=list)

    @property
    def shares(self) -> list[PayerDue]:
        """What each pays, where several do: with what is paid at the hotel they sum to the total."""
        return self.payers if len(self.payers) > 1 else []

    @property
    def asks(self) -> list[tuple[PayerDue, list[str], date | None]]:
        """Who still owes something, what is said of it in the language of the moment, and until when its places wait for it."""
        return [(each, asked_of(each), None if at_the_bank(each) else each.by) for each in self.payers if each.left > 0]


def summary_of(booking: Booking, every: list[Row] | None = None) -> Summary:
    """What is booked, owed and by whom; `every` row of the booking if a page has read them."""
    found = [row for row in (rows(booking) if every is None else every) if row.line.is_counted]
    charges = [charge for row in found for charge in row.charges if charge.struck_at is None]
    payers = payers_of(booking, at=timezone.now(), lines=[row.line for row in found], charges=charges)
    account = house_account_of() if any(each.left > 0 for each in payers) else None
    steps: dict[str, list[Row]] = {}
    for row in sorted(found, key=lambda row: (row.line.offer.step.position, row.line.pk)):
        steps.setdefault(str(row.line.offer.step), []).append(row)
    return Summary(
        rows=found,
        total=total(charge.total for charge in charges),
        payers=payers,
        iban=account.iban if account else "",
        bic=account.bic if account else "",
        holder=account.holder if account else "",
        tourist_tax=estimate(found, programme(booking.congress).taxes),
        collected_tax=total(charge.total for charge in charges if charge.kind == "TAX"),
        paid_on_site=total(charge.total for charge in charges if charge.mode == "DIRECT"),
        steps=list(steps.items()),
    )


def house_account_of() -> BankAccount | None:
    """Where buyers send their transfers; none before one was approved."""
    return BankAccount.objects.filter(supplier__kind="HOUSE", approved_at__isnull=False, ended_at=None).first()


def calendar_file(booking: Booking, every: list[Row] | None = None) -> bytes:
    """One event per dated line, in UTC where it has an hour, whole days where it has none. UIDs stay; a change raises SEQUENCE.

    `every` row of the booking if they are read already.
    """
    with translation.override(booking.language):
        calendar = Calendar()
        calendar.add("prodid", "-//Plénière//FR")
        calendar.add("version", "2.0")
        for row in rows(booking) if every is None else every:
            if row.line.is_counted and row.line.offer.service.kind != "FEE":
                calendar.add_component(_event(booking, row))
        return bytes(calendar.to_ical())


def _event(booking: Booking, row: Row) -> Event:
    line, offer = row.line, row.line.offer
    event = Event()
    event.add("uid", f"{line.key}@pleniere")
    event.add("sequence", line.version)
    event.add("dtstamp", booking.placed_at or timezone.now())
    supplier = offer.service.supplier
    event.add("summary", f"{supplier}, {offer}" if offer.service.kind == "ROOM" else str(offer))
    if offer.starts_at:
        zone = booking.congress.zone
        begins = datetime.combine(line.start, offer.starts_at, zone)
        event.add("dtstart", begins.astimezone(UTC))
        if offer.ends_at:
            event.add("dtend", datetime.combine(line.start, offer.ends_at, zone).astimezone(UTC))
    else:
        event.add("dtstart", line.start)
        event.add("dtend", line.end)
    place = offer.place or ", ".join(part for part in (supplier.address, supplier.postcode, supplier.town) if part)
    if place:
        event.add("location", place)
    event.add("description", ", ".join(str(person) for person in row.persons))
    return event


def confirmation_pdf(booking: Booking, summary: Summary | None = None) -> bytes:
    """The confirmation on paper: lines by step, who, totals, how to pay, and the legal identity of who sells.

    Its `summary`, if it is made already, in the booking's language.
    """
    with translation.override(booking.language):
        summary, bureau = summary or summary_of(booking), Bureau.objects.filter(pk=1).first()
        columns = [
            {"title": _("Item"), "right": False},
            {"title": _("Dates"), "right": False, "width": "4cm"},
            {"title": _("For"), "right": False, "width": "4cm"},
            {"title": _("Quantity"), "right": True},
            {"title": _("Total, VAT incl."), "right": True},
        ]
        data = {
            "bureau": bureau.name if bureau else "Plénière",
            "address": bureau.legal_lines() if bureau else [],
            "kind": _("Booking confirmation"),
            "number": booking.number,
            "congress": str(booking.congress),
            "when": days(booking.congress.starts, booking.congress.ends),
            "client": [str(booking.client), booking.client.address, f"{booking.client.postcode} {booking.client.town}".strip()]
            if booking.client
            else [],
            "placed": _("Ordered on %(day)s") % {"day": day(booking.congress.local_date(booking.placed_at))}
            if booking.placed_at
            else "",
            "columns": columns,
            "groups": [{"title": title, "rows": [_paper_row(row) for row in found]} for title, found in summary.steps],
            "sums": [
                [_("Total, VAT included"), money(summary.total), True],
                *([str(each.payer.client), money(each.total), False] for each in summary.shares),
            ],
            "notes": list(_notes(summary)),
            "page": _("page {page} of {pages}"),
        }
        title = _("Confirmation of booking %(number)s") % {"number": booking.number}
        return paper.pdf("registration/confirmation", data, title=title, language=booking.language, at=booking.placed_at)


def _paper_row(row: Row) -> dict[str, object]:
    line, supplier = row.line, row.line.offer.service.supplier
    dates = days(line.start, line.end + timedelta(days=1)) if line.rate.by_night else day(line.start)
    what = {"text": str(line.offer), "note": f"{supplier}, {line.rate}"}
    units = sum(charge.units for charge in merged(row.charges) if charge.kind != "TAX")
    return {"cells": [what, dates, ", ".join(map(str, row.persons)), str(units), money(row.total)]}


def asked_of(each: PayerDue) -> list[str]:
    """What a payer is asked now, in sentences, and when the rest falls due."""
    names = {"payer": each.payer.client, "left": money(each.left), "reference": each.payer.reference}
    if at_the_bank(each):
        said = [_("%(payer)s: %(now)s by card. Your places are firm, and a receipt leaves, as soon as the bank confirms it.")]
        said = [said[0] % {**names, "now": money(each.due_now)}, _("Was the payment cut short? Take it up from your booking.")]
        return said + _then(each)
    if not each.later:
        return [_("%(payer)s: %(left)s left to pay, reference %(reference)s.") % names]
    said = [_("%(payer)s: %(now)s to pay now, reference %(reference)s.") % {**names, "now": money(each.due_now)}]
    if not each.due_now:
        said = [_("%(payer)s: nothing to pay now, reference %(reference)s.") % names]
    return said + _then(each)


def at_the_bank(each: PayerDue) -> bool:
    """Whether its first payment, by card, is on its way: it is asked by the bank's page, not by ours."""
    return bool(each.due_now and not each.paid and each.payer.method and each.payer.method.kind == Method.Kind.CARD)


def _then(each: PayerDue) -> list[str]:
    return [_("Then %(sum)s by %(day)s.") % {"sum": money(sum), "day": day(on)} for on, sum in each.later]


def _notes(summary: Summary) -> Iterator[str]:
    for each, said, _held in summary.asks:
        yield " ".join(said)
        if each.payer.method and each.payer.method.kind == Method.Kind.TRANSFER and summary.iban:
            yield _("Transfer to %(holder)s, IBAN %(iban)s.") % {"holder": summary.holder, "iban": summary.iban}
    if summary.tourist_tax:
        yield _("Tourist tax: paid at the hotel, about %(amount)s.") % {"amount": money(summary.tourist_tax)}
    if summary.collected_tax:
        yield _("Of this, tourist tax for the town: %(amount)s.") % {"amount": money(summary.collected_tax)}
    if summary.paid_on_site:
        yield _("Of this, %(amount)s is paid at the hotel.") % {"amount": money(summary.paid_on_site)}
    yield _("For services on set dates the law gives no right of withdrawal (article L221-28, 12°, of the consumer code).")
