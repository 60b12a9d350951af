"""Writing in the books. Whoever owns the event posts it, in its own transaction, under a key that makes a repeat harmless."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.common.money import ZERO, cents, total

from . import chains, chart
from .chains import ENTRIES, Chained, Link3, append, verify_chain
from .models import Entry, EntryLine, Month

__all__ = [
    "Link3",
    "MonthClosed",
    "MonthNotOver",
    "Posting",
    "Unbalanced",
    "append",
    "close_month",
    "is_closed",
    "next_month",
    "open_date",
    "post",
    "reverse",
    "see_over",
    "verify_chain",
]


class MonthClosed(Exception):
    """The month of this date is closed: nothing more is written in it."""

    def __init__(self, day: date):
        super().__init__(_("%(month)s is closed in the books.") % {"month": f"{day:%m/%Y}"})
        self.day = day


class Unbalanced(Exception):
    """The lines' debits and credits differ."""


class MonthNotOver(Exception):
    """A month is closed once it is over, not before."""


@dataclass(frozen=True)
class Posting:
    """One side of an entry. A negative amount is the other side's; zero is nothing."""

    role: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    aux: str = ""  # whose: "P:100012" a payer's reference, "S:HOTEL7" a supplier's code
    aux_label: str = ""

    @property
    def amount(self) -> Decimal:
        """Debit less credit."""
        return cents(Decimal(self.debit)) - cents(Decimal(self.credit))


@transaction.atomic
def post(
    key: str,
    *,
    journal: str,
    date: date,
    label: str,
    piece: str,
    piece_date: date,
    lines: Iterable[Posting],
    about: str = "",
    by: object,
    at: datetime,
) -> Entry | None:
    """Write one entry. The same `key` twice returns the first; None when every line is zero: there is nothing to say.

    Raises Unbalanced, MonthClosed, chart.UnknownRole. Locks the head of the entries, so call it last.
    """
    sides = [line for line in lines if line.amount]
    if total(line.amount for line in sides):
        raise Unbalanced(f"{key}: " + ", ".join(f"{line.role} {line.amount}" for line in sides))
    if not sides:
        return Entry.objects.filter(key=key).first()
    accounts = chart.accounts({line.role for line in sides})
    chains.lock(ENTRIES)
    first = Entry.objects.filter(key=key).first()
    if first is not None:
        return first
    if is_closed(date):
        raise MonthClosed(date)
    entry = Entry(
        key=key,
        journal=journal,
        date=date,
        label=_clean(label, 120),
        piece=_clean(piece, 60) or "-",
        piece_date=piece_date,
        about=about,
        by=_clean(str(by), 160),
        at=at,
    )
    rows = [_row(entry, line, accounts[line.role]) for line in sides]
    entry.number, entry.previous_hash, entry.hash = append(ENTRIES, _payload(entry, rows))
    entry.save()
    EntryLine.objects.bulk_create(rows)
    return entry


@transaction.atomic
def reverse(entry: Entry, *, key: str = "", date: date, label: str = "", by: object, at: datetime, about: str = "") -> Entry:
    """Undo an entry by its opposite, dated `date`, on the accounts' roles of today. Once: a repeat returns the first."""
    opposite = post(
        key or f"{entry.key}/reversed",
        journal=entry.journal,
        date=date,
        label=label or _("Reversal: %(label)s") % {"label": entry.label},
        piece=entry.piece,
        piece_date=entry.piece_date,
        lines=[Posting(line.role, line.credit, line.debit, line.aux, line.aux_label) for line in entry.lines.order_by("pk")],
        about=about or entry.about,
        by=by,
        at=at,
    )
    assert opposite is not None  # its lines are not zero
    return opposite


def is_closed(day: date) -> bool:
    """Is the month of `day`, or a later one, closed? What lies before a closed month is closed with it."""
    return Month.objects.filter(first__gte=day.replace(day=1), closed_at__isnull=False).exists()


def open_date(day: date) -> date:
    """`day`, or the first day after the closed months when it lies in them: where a late event is still booked."""
    last = Month.objects.filter(closed_at__isnull=False, first__gte=day.replace(day=1)).order_by("-first").first()
    return day if last is None else next_month(last.first)


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def see_over(first: date, today: date) -> None:
    """Raises MonthNotOver while the month of `first` runs."""
    if today < next_month(first):
        raise MonthNotOver(_("%(month)s is not over yet.") % {"month": f"{first:%m/%Y}"})


@transaction.atomic
def close_month(first: date, *, by: object, at: datetime, today: date) -> Month:
    """Close the month of `first` and all before it, for good. A repeat returns it as it was closed."""
    first = first.replace(day=1)
    see_over(first, today)
    chains.lock(ENTRIES)  # no entry is being written meanwhile
    month, _is_new = Month.objects.get_or_create(first=first)
    if month.closed_at is None:
        month.closed_at, month.closed_by = at, str(by)[:160]
        month.save()
    return month


def _row(entry: Entry, line: Posting, account: Any) -> EntryLine:
    return EntryLine(
        entry=entry,
        account=account.number,
        role=line.role,
        account_label=account.label,
        aux=_clean(line.aux, 40),
        aux_label=_clean(line.aux_label, 120),
        debit=max(line.amount, ZERO),
        credit=max(-line.amount, ZERO),
    )


def _payload(entry: Entry, lines: Iterable[EntryLine]) -> dict[str, Any]:
    facts = ("key", "journal", "date", "label", "piece", "piece_date", "about", "by", "at")
    sides = [[n.account, n.role, n.aux, n.aux_label, n.debit, n.credit] for n in lines]
    return {**{name: getattr(entry, name) for name in facts}, "lines": sides}


@chains.reader(ENTRIES)
def _chained_entries() -> Iterable[Chained]:
    numbers = Entry.objects.order_by("number").values_list("number", flat=True)
    count = numbers.count()
    for offset in range(0, count, 500):  # by slices: books of years stay small in memory
        entries = Entry.objects.order_by("number").prefetch_related("lines")[offset : offset + 500]
        for entry in entries:
            rows = sorted(entry.lines.all(), key=lambda row: row.pk)
            yield Chained(entry.number, entry.previous_hash, entry.hash, _payload(entry, rows))


def _clean(text: str, length: int) -> str:
    """One line without control characters: a journal is read by machines (and PostgreSQL refuses NUL)."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).split())[:length]
