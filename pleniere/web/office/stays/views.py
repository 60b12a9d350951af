"""After the stay: what hotels say of each, against what was booked; agreed, with its commission corrected."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.rights import can
from pleniere.booking.actions import WrongStays, tell_stays
from pleniere.booking.stays import Outcome, Stayed, no_show_percent, stays_of
from pleniere.catalogue.models import Supplier
from pleniere.common import sheets
from pleniere.common.money import ZERO
from pleniere.congress.models import Congress
from pleniere.invoicing.actions import AlreadyInvoiced, NotACommission, agree_stay
from pleniere.invoicing.stays import fair, summed
from pleniere.web.forms import MoneyField
from pleniere.web.stays import read, rows

from ..door import StaffRequest, acting, of_congress

ONLY = {"": None, "untold": None, "open": None, "agreed": None, **dict.fromkeys(Outcome.values)}
Column = sheets.Column
COLUMNS = (
    Column(gettext_lazy("Hotel"), lambda row: str(row.stay.line.offer.service.supplier), width=30),
    Column(gettext_lazy("File number"), "stay.line.booking.number"),
    Column(gettext_lazy("Names"), "stay.who", width=34),
    Column(gettext_lazy("Arrival"), "stay.line.start", sheets.DATE),
    Column(gettext_lazy("Departure"), "stay.line.end", sheets.DATE),
    Column(gettext_lazy("Nights booked"), "stay.booked", sheets.INT, total=True),
    Column(gettext_lazy("What became of it"), "stay.outcome", width=18),
    Column(gettext_lazy("Nights slept"), "stay.actual", sheets.INT, total=True),
    Column(gettext_lazy("Commission"), "stay.commission", sheets.MONEY, total=True),
    Column(gettext_lazy("Commission as it was"), "fair", sheets.MONEY, total=True),
    Column(gettext_lazy("Agreed"), "stay.is_agreed", sheets.YES),
)


@dataclass
class House:
    """Whose stays, of which congress."""

    congress: Congress
    supplier: Supplier
    congress_id: int
    supplier_id: int


@dataclass
class Priced:
    """A stay with its commission as it should be."""

    stay: Stayed
    fair: Decimal | None = None


@dataclass
class Sums:
    """Of a hotel or of all: stays and room nights as booked and as slept, and what differs in commission."""

    supplier: Supplier | None = None
    rows: list[Priced] = field(default_factory=list)

    @property
    def stays(self) -> int:
        return len(self.rows)

    @property
    def untold(self) -> int:
        return sum(row.stay.change is None for row in self.rows)

    @property
    def open(self) -> int:
        return sum(row.stay.change is not None and not row.stay.is_agreed for row in self.rows)

    @property
    def agreed(self) -> int:
        return sum(row.stay.is_agreed for row in self.rows)

    @property
    def no_shows(self) -> int:
        return sum(row.stay.told is not None and row.stay.told.outcome == Outcome.NO_SHOW for row in self.rows)

    @property
    def booked(self) -> int:
        return sum(row.stay.booked for row in self.rows)

    @property
    def actual(self) -> int:
        """As said; a stay of which nothing is said counts as booked."""
        return sum(row.stay.booked if row.stay.actual is None else row.stay.actual for row in self.rows)

    @property
    def commission(self) -> Decimal:
        return sum((row.stay.commission for row in self.rows), ZERO)

    @property
    def fair(self) -> Decimal:
        return sum((row.stay.commission if row.fair is None else row.fair for row in self.rows), ZERO)


def priced(congress: Congress, found: list[Stayed]) -> list[Priced]:
    """What is agreed stays as it was agreed."""
    asked = summed(fair(congress, [each for each in found if not each.is_agreed]))
    return [Priced(each, asked.get(each.line.pk)) for each in found]


@of_congress
@require_safe
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Hotel by hotel; each count leads to its stays."""
    found = priced(congress, stays_of(congress, congress.local_date(timezone.now())))
    if request.GET.get("export") in sheets.FORMATS:
        facts = {"title": _("Stays, %(congress)s") % {"congress": congress}, "name": f"stays-{congress.code}"}
        return sheets.export(request.GET["export"], COLUMNS, found, **facts, language=get_language() or "fr")
    hotels: dict[int, Sums] = {}
    for row in found:
        supplier = row.stay.line.offer.service.supplier
        hotels.setdefault(supplier.pk, Sums(supplier)).rows.append(row)
    page = {
        "congress": congress,
        "hotels": list(hotels.values()),
        "whole": Sums(rows=found),
        "no_show": no_show_percent(congress),
    }
    return render(request, "office/stays/index.html", page)


@of_congress
@require_http_methods(["GET", "POST"])
def hotel(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """One hotel's stays: said for it (`say`), or agreed to (`agree`, one or all)."""
    found = stays_of(congress, congress.local_date(timezone.now()), pk)
    if not found:
        raise Http404
    supplier = found[0].line.offer.service.supplier
    typed: QueryDict | None = None
    problems: dict[int, str] = {}
    if request.method == "POST" and "agree" in request.POST:
        problems = _agree(request, congress, found)
        if not problems:
            return redirect(request.get_full_path())
    elif request.method == "POST":
        typed = request.POST
        told, problems = read(found, typed)
        try:
            if not problems:
                count = tell_stays(House(congress, supplier, congress.pk, supplier.pk), told, **acting(request))
                messages.success(request, ngettext("%(n)s stay is noted.", "%(n)s stays are noted.", count) % {"n": count})
                return redirect(request.get_full_path())
        except WrongStays as error:
            problems = error.problems
    money = {row.stay.line.pk: row for row in priced(congress, found)}
    only = request.GET.get("only", "")
    shown = [row for row in rows(found, typed, problems) if _fits(row.stay, only if only in ONLY else "")]
    page = {
        "congress": congress,
        "supplier": supplier,
        "rows": [(row, money[row.stay.line.pk]) for row in shown],
        "sums": Sums(supplier, list(money.values())),
        "only": only if only in ONLY else "",
        "refused": bool(problems),
        "may_agree": can(request.user, "invoicing.commission", congress),
    }
    return render(request, "office/stays/hotel.html", page, status=422 if problems else 200)


def _fits(stay: Stayed, only: str) -> bool:
    if only == "untold":
        return stay.change is None
    if only in ("open", "agreed"):
        return stay.change is not None and stay.is_agreed == (only == "agreed")
    return not only or (stay.told is not None and stay.told.outcome == only)


def _agree(request: StaffRequest, congress: Congress, found: list[Stayed]) -> dict[int, str]:
    """One by its number, or `all`; each that cannot be says why, and the others are agreed."""
    wanted = request.POST.get("agree", "")
    chosen = [each for each in found if each.change and not each.is_agreed and wanted in ("all", str(each.line.pk))]
    problems, count = {}, 0
    for each in chosen:
        facts: dict[str, Any] = {"commission": None}
        words = request.POST.get(f"commission:{each.line.pk}", "").strip()[:20]
        try:
            if words and wanted != "all":
                facts["commission"] = MoneyField(required=False).clean(words)
            assert each.change is not None
            count += agree_stay(each.change, **facts, **acting(request))
        except (AlreadyInvoiced, NotACommission) as error:
            problems[each.line.pk] = str(error)
        except ValidationError:
            problems[each.line.pk] = _("This is not an amount.")
    if count:
        messages.success(request, ngettext("%(n)s stay is agreed.", "%(n)s stays are agreed.", count) % {"n": count})
    return problems
