"""What an agent types to ask for rooms: dates and conditions, the grid of needs, the choice of recipients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from pleniere.allotment.dates import BadDates
from pleniere.allotment.models import Need, Request
from pleniere.catalogue.models import Service
from pleniere.common.nights import days
from pleniere.congress.models import Congress
from pleniere.web.forms import EARLIEST, LATEST, DayField, Form
from pleniere.web.typed import number

MOST_WANTED = 9_999
MOST_NIGHTS = 31
FORMAT = "%Y-%m-%dT%H:%M"
FORMATS = (FORMAT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M")


class MomentField(forms.DateTimeField):
    """A day and its hour where the congress is; the form that holds it says where that is."""

    def __init__(self, **kwargs: Any):
        widget = forms.DateTimeInput(format=FORMAT, attrs={"type": "datetime-local"})
        super().__init__(input_formats=FORMATS, widget=widget, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        for pattern in FORMATS:
            try:
                found = datetime.strptime(str(value).strip(), pattern)
            except ValueError:
                continue
            if not EARLIEST <= found.date() <= LATEST:
                raise ValidationError(_("Please check the year."), code="year")
            return found
        raise ValidationError(self.error_messages["invalid"], code="invalid")


class DeadlineForm(Form):
    """The reply deadline alone: to prolong a request."""

    deadline = MomentField(label=_("Reply before"))

    def __init__(self, *args: Any, congress: Congress, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.congress = congress

    def clean_deadline(self) -> datetime:
        deadline: datetime = self.cleaned_data["deadline"]
        return timezone.make_aware(deadline, self.congress.zone)

    def refuse(self, error: BadDates) -> None:
        """Each problem under its field, as typed."""
        for problem in error.problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.words)


class RequestForm(DeadlineForm):
    """Dates and conditions of a request."""

    title = forms.CharField(label=_("Its name, for the office"), max_length=160, required=False)
    arrival = DayField(label=_("First night"))
    departure = DayField(label=_("Departure"), help_text=_("the morning after the last night"))
    cutoff = DayField(label=_("Unsold rooms are given back on"), help_text=_("the cut-off, at the latest on the first night"))
    price_is = forms.ChoiceField(label=_("Prices asked"), choices=Request.Price, widget=forms.RadioSelect)
    with_breakfast = forms.BooleanField(label=_("Breakfast included in the price"), required=False)
    remarks = forms.CharField(
        label=_("Remarks the hotels will read"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("arrival", "departure", "deadline", "cutoff", "price_is", "with_breakfast", "remarks", "title")


def start_of(congress: Congress, at: datetime) -> dict[str, Any]:
    """What a new request proposes: the night before the congress to its last day, a month between the dates."""
    arrival = congress.starts - timedelta(days=1)
    cutoff = max(arrival - timedelta(days=30), congress.local_date(at) + timedelta(days=2))
    deadline = min(congress.local_date(at) + timedelta(days=14), cutoff - timedelta(days=1))
    return {
        "arrival": arrival,
        "departure": congress.ends,
        "deadline": datetime.combine(deadline, datetime.min.time()).replace(hour=18),
        "cutoff": min(cutoff, arrival),
        "price_is": Request.Price.COMMISSIONABLE,
        "with_breakfast": True,
    }


def first_of(congress: Congress, at: datetime) -> tuple[dict[str, Any], list[Need]]:
    """What a new request proposes: the rooms its enquiry needs, on the nights they are needed, where it came from one."""
    facts = start_of(congress, at)
    wanted = congress.enquiry.wanted.filter(kind="ROOM") if congress.enquiry else ()
    needs = [Need(room_type=w.what, night=congress.starts + timedelta(days=w.day), rooms=w.count) for w in wanted]
    if needs and congress.enquiry:
        arrival = min(need.night for need in needs)
        facts |= {
            "arrival": arrival,
            "departure": max(need.night for need in needs) + timedelta(days=1),
            "cutoff": min(facts["cutoff"], arrival),
            "title": congress.enquiry.title,
        }
    return facts, needs


def facts_of(asked: Request) -> dict[str, Any]:
    names = ("title", "arrival", "departure", "cutoff", "price_is", "with_breakfast", "remarks")
    local = timezone.localtime(asked.deadline, asked.congress.zone).replace(tzinfo=None)
    return {**{name: getattr(asked, name) for name in names}, "deadline": local}


@dataclass
class NeedRow:
    """A room type of the grid, as typed."""

    code: str
    label: Any
    asked: bool
    kind: str
    cells: list[tuple[date, str, str, str]] = field(default_factory=list)  # night, field name, words typed, what is wrong
    total: int = 0


class NeedsGrid:
    """Room types × nights: how many are wanted, a quote or availability alone. An empty cell of a type asked: tell us."""

    def __init__(self, nights: list[date], words: Mapping[str, str] | None, known: list[Need] | None = None):
        self.nights = nights
        self.rows = [self._row(code, str(label), words, known or []) for code, label in Service.Room.choices]

    @property
    def problems(self) -> list[tuple[str, str]]:
        return [(name, wrong) for row in self.rows for _night, name, _words, wrong in row.cells if wrong]

    @property
    def needs(self) -> dict[str, tuple[str, dict[date, int]]]:
        return {
            row.code: (row.kind, {night: _number(words) or 0 for night, _name, words, _wrong in row.cells})
            for row in self.rows
            if row.asked
        }

    @property
    def by_night(self) -> list[int]:
        counted = [row for row in self.rows if row.asked]
        return [sum(_number(row.cells[i][2]) or 0 for row in counted) for i in range(len(self.nights))]

    @property
    def total(self) -> int:
        return sum(self.by_night)

    def _row(self, code: str, label: str, words: Mapping[str, str] | None, known: list[Need]) -> NeedRow:
        mine = {need.night: need for need in known if need.room_type == code}
        if words is None:
            kind = next(iter(mine.values())).kind if mine else Need.Kind.QUOTE
            typed = {night: str(mine[night].rooms or "") if night in mine else "" for night in self.nights}
            row = NeedRow(code, label, bool(mine), kind)
        else:
            kind = words.get(f"kind:{code}", "")
            typed = {night: words.get(f"need:{code}:{night}", "").strip()[:12] for night in self.nights}
            row = NeedRow(code, label, f"ask:{code}" in words, kind if kind in Need.Kind.values else Need.Kind.QUOTE)
            row.asked = row.asked or any(typed.values())
        for night, text in typed.items():
            row.cells.append((night, f"need:{code}:{night}", text, _wrong(text)))
        row.total = sum(_number(text) or 0 for text in typed.values())
        return row


def nights_of(arrival: Any, departure: Any) -> list[date]:
    """The nights of the grid; none while the two dates do not make a stay."""
    if not isinstance(arrival, date) or not isinstance(departure, date) or not 0 < (departure - arrival).days <= MOST_NIGHTS:
        return []
    return list(days(arrival, departure))


def _number(text: str) -> int | None:
    found = number(text)
    return found if found is not None and found <= MOST_WANTED else None


def _wrong(text: str) -> str:
    if not text or _number(text) is not None:
        return ""
    return now("“%(words)s” is not a number of rooms between 0 and %(most)s.") % {"words": text, "most": MOST_WANTED}
