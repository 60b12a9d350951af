"""The journal and its sums, as the accountant reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import ZERO, cents, total
from pleniere.ledger.actions import next_month
from pleniere.ledger.models import Account, Entry, EntryLine, Month

from .years import FiscalYear

# code: (what the office shows, what the books say)
JOURNALS = {
    "AN": (_("opening balances"), "À nouveaux"),
    "VE": (_("sales journal"), "Ventes"),
    "AC": (_("purchases journal"), "Achats"),
    "BQ": (_("bank journal"), "Banque"),
    "CH": (_("cheques journal"), "Chèques"),
    "CB": (_("cards journal"), "Cartes bancaires"),
    "CA": (_("cash journal"), "Caisse"),
    "OD": (_("other entries"), "Opérations diverses"),
}


def journal_name(code: str) -> str:
    """As the books call it, in French."""
    return JOURNALS[code][1] if code in JOURNALS else code


def journal() -> QuerySet[Entry]:
    """Every entry with its amount (one side's sum), the latest written first."""
    return Entry.objects.annotate(amount=Sum("lines__debit")).order_by("-number")


@dataclass(frozen=True)
class BalanceRow:
    """One account, or one owner's part of it, over a period."""

    account: str
    label: str
    aux: str
    aux_label: str
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        return self.debit - self.credit


def trial_balance(start: date | None = None, end: date | None = None, *, by_aux: bool = False) -> list[BalanceRow]:
    """Debits and credits by account (and owner) of what is dated from `start` up to, not including, `end`. One query."""
    lines = EntryLine.objects.all()
    if start is not None:
        lines = lines.filter(entry__date__gte=start)
    if end is not None:
        lines = lines.filter(entry__date__lt=end)
    keys = ["account", "aux"] if by_aux else ["account"]
    sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    labels: dict[tuple[str, ...], tuple[str, str]] = {}
    rows = lines.order_by().values_list(*keys, "account_label", "aux_label").annotate(Sum("debit"), Sum("credit"))
    for *key, label, aux_label, debit, credit in rows:
        sums[tuple(key)][0] += cents(debit)
        sums[tuple(key)][1] += cents(credit)
        labels[tuple(key)] = (label, aux_label)
    return [
        BalanceRow(key[0], labels[key][0], key[1] if by_aux else "", labels[key][1] if by_aux else "", debit, credit)
        for key, (debit, credit) in sorted(sums.items())
    ]


def balance_totals(rows: Iterable[BalanceRow]) -> tuple[Decimal, Decimal]:
    rows = list(rows)
    return total(row.debit for row in rows), total(row.credit for row in rows)


@dataclass(frozen=True)
class MonthRow:
    """A month of a fiscal year: how much is in it, and whether it is closed."""

    first: date
    entries: int
    amount: Decimal
    closed: Month | None
    is_over: bool

    @property
    def may_close(self) -> bool:
        return self.is_over and self.closed is None


def months(year: FiscalYear, today: date) -> list[MonthRow]:
    """The months of a year; what lies before a closed month is closed with it."""
    closed = list(Month.objects.filter(closed_at__isnull=False).order_by("first"))
    counts: dict[tuple[int, int], int] = defaultdict(int)
    amounts: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    dated = Entry.objects.filter(date__gte=year.start, date__lt=year.end).annotate(amount=Sum("lines__debit"))
    for on, amount in dated.values_list("date", "amount"):
        counts[on.year, on.month] += 1
        amounts[on.year, on.month] += cents(amount)
    return [
        MonthRow(
            first,
            counts[first.year, first.month],
            amounts[first.year, first.month],
            next((month for month in closed if month.first >= first), None),
            today >= next_month(first),
        )
        for first in year.months
    ]


def chart() -> QuerySet[Account]:
    return Account.objects.order_by("number", "role")
