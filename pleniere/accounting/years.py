"""The fiscal year, which need not be the calendar's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Min

from pleniere.accounts.actions import the_bureau
from pleniere.accounts.models import Bureau
from pleniere.ledger.models import Entry


@dataclass(frozen=True)
class FiscalYear:
    """From `start` up to, not including, `end`."""

    start: date
    end: date

    @property
    def closing(self) -> date:
        """Its last day, which names the FEC."""
        return self.end - timedelta(days=1)

    @property
    def code(self) -> str:
        """How an address names it: the year it closes in."""
        return f"{self.closing:%Y}"

    def __str__(self) -> str:
        return f"{self.start:%d/%m/%Y} – {self.closing:%d/%m/%Y}"

    @property
    def months(self) -> list[date]:
        """The first days of its twelve months."""
        at = [self.start.month - 1 + n for n in range(12)]
        return [date(self.start.year + n // 12, n % 12 + 1, 1) for n in at]


def year_of(day: date, first_month: int | None = None) -> FiscalYear:
    """The fiscal year that holds `day`."""
    month = first_month or first_month_of_year()
    start = date(day.year if day.month >= month else day.year - 1, month, 1)
    return FiscalYear(start, date(start.year + 1, month, 1))


def year_closing_in(year: int) -> FiscalYear:
    """The one whose last day lies in this calendar year."""
    month = first_month_of_year()
    start = date(year if month == 1 else year - 1, month, 1)
    return FiscalYear(start, date(start.year + 1, month, 1))


def fiscal_years(today: date) -> list[FiscalYear]:
    """Those in which something was written, and the present one; the latest first."""
    month = first_month_of_year()
    span = Entry.objects.aggregate(first=Min("date"), last=Max("date"))
    first, last = year_of(span["first"] or today, month), year_of(max(today, span["last"] or today), month)
    years = [first]
    while years[-1].start < last.start:
        years.append(year_of(years[-1].end, month))
    return years[::-1]


def first_month_of_year() -> int:
    try:
        return the_bureau().fiscal_year_start
    except Bureau.DoesNotExist:
        return 1
