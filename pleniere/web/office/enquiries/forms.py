"""An enquiry as it is written down: its facts and dates, what it needs by day, what hotels keep for it, why it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.accounts.models import STAFF, Client, User
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.nights import DAY
from pleniere.common.shown import days
from pleniere.congress.actions import Want
from pleniere.congress.models import CODE, Enquiry, EnquiryNeed, EnquiryReason
from pleniere.web.forms import DayField, Form, MoneyField
from pleniere.web.tables import FilterForm
from pleniere.web.typed import number

CHOICES = (2, 3, 4)  # second, third and fourth dates
MOST_WANTED = 99_999


class AfterField(DayField):
    """A last day: said wrong as soon as it is typed before the field named `first`; the server says it as well."""

    def __init__(self, first: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.widget.attrs |= {"data-after": f"id_{first}", "data-wrong": gettext_lazy("The last day lies before the first.")}


class EnquiryForm(Form):
    title = forms.CharField(label=gettext_lazy("Event"), max_length=160)
    contact = forms.CharField(label=gettext_lazy("Contact, organisation"), max_length=160, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    heads = forms.IntegerField(label=gettext_lazy("How many persons"), min_value=1, max_value=1_000_000, required=False)
    budget = MoneyField(label=gettext_lazy("Budget"), required=False)
    probability = forms.IntegerField(label=gettext_lazy("Chance, %"), min_value=0, max_value=100, required=False)
    source = forms.CharField(label=gettext_lazy("How they found us"), max_length=80, required=False)
    starts = DayField(label=gettext_lazy("First day"), required=False)
    last = AfterField("starts", label=gettext_lazy("Last day"), required=False)
    starts_2 = DayField(label=gettext_lazy("Second choice, first day"), required=False)
    last_2 = AfterField("starts_2", label=gettext_lazy("Second choice, last day"), required=False)
    starts_3 = DayField(label=gettext_lazy("Third choice, first day"), required=False)
    last_3 = AfterField("starts_3", label=gettext_lazy("Third choice, last day"), required=False)
    starts_4 = DayField(label=gettext_lazy("Fourth choice, first day"), required=False)
    last_4 = AfterField("starts_4", label=gettext_lazy("Fourth choice, last day"), required=False)
    alternates = forms.CharField(label=gettext_lazy("Other dates, in words"), max_length=250, required=False)
    needs = forms.CharField(
        label=gettext_lazy("What they said"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    next_step = forms.CharField(label=gettext_lazy("Next step"), max_length=160, required=False)
    next_on = DayField(label=gettext_lazy("On"), required=False)
    owner = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Who does it"), required=False, empty_label=gettext_lazy("nobody yet")
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = followers()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A range has both its days, in order; each refusal stands at its field."""
        facts = super().clean() or {}
        for mark in ("", *(f"_{n}" for n in CHOICES)):
            first, last = facts.get(f"starts{mark}"), facts.get(f"last{mark}")
            if mark and bool(first) != bool(last) and not {f"starts{mark}", f"last{mark}"} & set(self.errors):
                self.add_error(f"last{mark}" if first else f"starts{mark}", _("Both days are needed."))
            elif first and last and last < first:
                self.add_error(f"last{mark}", _("The last day lies before the first."))
        return facts

    def facts(self) -> dict[str, Any]:
        facts = dict(self.cleaned_data)
        last = facts.pop("last")
        pairs = [(facts.pop(f"starts_{n}"), facts.pop(f"last_{n}")) for n in CHOICES]
        others = [(first, last_ + DAY) for first, last_ in pairs if first and last_]
        return facts | {"ends": last + DAY if last else None, "other_dates": others}

    @staticmethod
    def of(enquiry: Enquiry) -> dict[str, Any]:
        dated = {"starts", "last", *(f"{name}_{n}" for n in CHOICES for name in ("starts", "last"))}
        facts = {name: getattr(enquiry, name) for name in EnquiryForm.base_fields if name not in dated}
        facts |= {"starts": enquiry.starts, "last": enquiry.ends - DAY if enquiry.ends else None}
        for n, other in zip(CHOICES, enquiry.other_dates.all(), strict=False):
            facts |= {f"starts_{n}": other.starts, f"last_{n}": other.ends - DAY}
        return facts


def followers() -> QuerySet[User]:
    """Who follows enquiries: the bureau's staff."""
    return User.objects.filter(is_active=True, bureau_roles__role__in=STAFF).distinct().order_by("name")


class ClosingForm(Form):
    """Why it was won or lost: a reason of the list, and words."""

    reason = forms.ModelChoiceField(
        EnquiryReason.objects.none(), label=gettext_lazy("Reason"), required=False, empty_label=gettext_lazy("in words only")
    )
    why = forms.CharField(label=gettext_lazy("In words"), max_length=250, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = EnquiryReason.objects.filter(retired_at=None)  # type: ignore[attr-defined]
        self.fields["reason"].label_from_instance = _as_listed  # type: ignore[attr-defined]


def _as_listed(reason: EnquiryReason) -> str:
    facts = {"state": reason.get_outcome_display().capitalize(), "reason": reason}
    return _("%(state)s: %(reason)s") % facts


class CongressForm(Form):
    """The congress it becomes: its code, on which of the dates, for which client."""

    code = forms.CharField(label=gettext_lazy("Code of the congress"), max_length=32, validators=[CODE])
    dates = forms.TypedChoiceField(label=gettext_lazy("Dates"), coerce=int, required=False)
    organiser = forms.ChoiceField(label=gettext_lazy("Organiser"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, enquiry: Enquiry, clients: list[Client], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.ranges = enquiry.fetch_dates()
        self.clients = {str(client.pk): client for client in clients}
        self.fields["dates"].choices = [(n, days(*range_)) for n, range_ in enumerate(self.ranges)]  # type: ignore[attr-defined]
        named = [(pk, f"{client}, {client.email}".strip(", ")) for pk, client in self.clients.items()]
        self.fields["organiser"].choices = [*named, ("new", _("a new client"))]  # type: ignore[attr-defined]
        if not clients or enquiry.organiser_id:
            del self.fields["organiser"]
        if len(self.ranges) < 2:
            del self.fields["dates"]

    def facts(self) -> dict[str, Any]:
        """What `congress_from` asks beside the code."""
        chosen = self.cleaned_data.get("organiser", "")
        facts: dict[str, Any] = {"organiser": self.clients.get(chosen), "is_new": chosen == "new"}
        n = self.cleaned_data.get("dates") or 0
        return facts | dict(zip(("starts", "ends"), self.ranges[n], strict=True)) if self.ranges else facts


class NoteForm(Form):
    words = forms.CharField(label=gettext_lazy("A call, a mail, a visit"), max_length=500)


class OptionForm(Form):
    supplier = forms.CharField(
        label=gettext_lazy("Hotel or venue"), max_length=160, help_text=gettext_lazy("its code or its name")
    )
    until = DayField(label=gettext_lazy("Held until"))
    rooms = forms.IntegerField(label=gettext_lazy("Rooms"), min_value=1, max_value=MOST_WANTED, required=False)
    note = forms.CharField(label=gettext_lazy("What is held"), max_length=160, required=False)

    def clean_supplier(self) -> Supplier:
        words = self.cleaned_data["supplier"].strip()
        rows = Supplier.objects.offered()
        found = list(rows.filter(code__iexact=words)[:1] or rows.filter(name__iexact=words)[:2])
        if not found:
            found = list(rows.filter(name__icontains=words)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("No supplier, or several, bear this name: give the code."), code="supplier")
        return found[0]


class ReasonForm(Form):
    outcome = forms.ChoiceField(label=gettext_lazy("Of enquiries"), choices=EnquiryReason.Outcome)
    fr = forms.CharField(label=gettext_lazy("Reason, in French"), max_length=80)
    en = forms.CharField(label=gettext_lazy("Reason, in English"), max_length=80, required=False)


class EnquiryFilter(FilterForm):
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    owner = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Who"), required=False, empty_label=gettext_lazy("all")
    )
    reason = forms.ModelChoiceField(
        EnquiryReason.objects.none(), label=gettext_lazy("Why"), required=False, empty_label=gettext_lazy("all")
    )
    late = forms.BooleanField(label=gettext_lazy("next step overdue"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today
        states = [("", _("all")), ("open", _("under way")), *((s.value, s.label) for s in Enquiry.State)]
        self.fields["state"].choices = states  # type: ignore[attr-defined]
        self.fields["owner"].queryset = followers()  # type: ignore[attr-defined]
        self.fields["reason"].queryset = EnquiryReason.objects.all()  # type: ignore[attr-defined]
        self.fields["reason"].label_from_instance = _as_listed  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        state = facts.get("state")
        if state:
            rows = rows.filter(state__in=Enquiry.UNDER_WAY if state == "open" else [state])
        for name in ("owner", "reason"):
            if facts.get(name):
                rows = rows.filter(**{name: facts[name]})
        return rows.filter(state__in=Enquiry.UNDER_WAY, next_on__lt=self.today) if facts.get("late") else rows


# -- what is needed, day by day


@dataclass
class Cell:
    name: str
    words: str
    wrong: str = ""


@dataclass
class NeedLine:
    """A row of the sheet: a room type by night, or a meeting room or meal by day."""

    kind: str
    label: str
    name: str  # of the field that names it; empty for a room type
    cells: list[Cell] = field(default_factory=list)


class NeedsSheet:
    """What × days, as typed or as kept: room types by night from the eve on, meeting rooms and meals by day."""

    BLANK = {"MEETING": 3, "MEAL": 4}

    def __init__(self, enquiry: Enquiry, words: Mapping[str, str] | None):
        self.enquiry, self.words = enquiry, words
        length = (enquiry.ends - enquiry.starts).days if enquiry.starts and enquiry.ends else 3
        known = list(enquiry.wanted.all())
        last = max([length - 1, *(row.day for row in known)])
        self.offsets = list(range(min([-1, *(row.day for row in known)]), min(last, 31) + 1))
        counts: dict[tuple[str, str], dict[int, int]] = {}
        for row in known:
            counts.setdefault((row.kind, row.what), {})[row.day] = row.count
        self.rooms = [
            self._line("ROOM", code, str(label), counts.get(("ROOM", code), {})) for code, label in Service.Room.choices
        ]
        self.meetings = self._typed("MEETING", counts)
        self.meals = self._typed("MEAL", counts)

    @property
    def heads(self) -> list[tuple[str, date | None]]:
        """Over each column: its place, and its date where the first choice is known."""
        names = {-1: _("Eve")}
        first = self.enquiry.starts
        return [
            (names.get(n, _("Day %(n)d") % {"n": n + 1} if n >= 0 else f"{n}"), first + timedelta(days=n) if first else None)
            for n in self.offsets
        ]

    @property
    def problems(self) -> list[tuple[str, str]]:
        return [(c.name, c.wrong) for line in (*self.rooms, *self.meetings, *self.meals) for c in line.cells if c.wrong]

    def wants(self) -> list[Want]:
        found: dict[tuple[str, str, int], int] = {}
        for line in (*self.rooms, *self.meetings, *self.meals):
            what = line.label if line.name else line.cells[0].name.split(":")[1] if line.cells else ""
            for offset, cell in zip(self.offsets, line.cells, strict=True):
                count = number(cell.words, digits=5)
                if what and count:
                    found[line.kind, what, offset] = found.get((line.kind, what, offset), 0) + count
        return [Want(kind, what, day, count) for (kind, what, day), count in found.items()]

    def _typed(self, kind: str, counts: Mapping[tuple[str, str], dict[int, int]]) -> list[NeedLine]:
        """Rows that name themselves: those kept, then blank ones."""
        kept = [what for each, what in counts if each == kind]
        total = len(kept) + self.BLANK[kind] if self.words is None else self.BLANK[kind] + 20
        rows = []
        for n in range(total):
            name = f"{kind}{n}"
            if self.words is not None and f"what:{name}" not in self.words:
                break
            label = (kept[n] if n < len(kept) else "") if self.words is None else self.words[f"what:{name}"].strip()[:80]
            rows.append(self._line(kind, name, label.replace("\x00", ""), counts.get((kind, label), {}), f"what:{name}"))
        return rows

    def _line(self, kind: str, code: str, label: str, counts: Mapping[int, int], name: str = "") -> NeedLine:
        line = NeedLine(kind, label, name)
        for offset in self.offsets:
            cell = f"n:{code}:{offset}"
            typed = str(counts.get(offset, "")) if self.words is None else self.words.get(cell, "").strip()[:12]
            line.cells.append(Cell(cell, typed, _wrong(typed)))
        if name and not label and any(cell.words for cell in line.cells):
            line.cells[0].wrong = _("Say what it is for.")
        return line


def _wrong(words: str) -> str:
    if not words or number(words, digits=5) is not None:
        return ""
    return _("“%(words)s” is not a number between 0 and %(most)s.") % {"words": words, "most": MOST_WANTED}


def needs_of(enquiry: Enquiry) -> list[tuple[str, list[EnquiryNeed]]]:
    """Its needs by kind, for its sheet."""
    rows = list(enquiry.wanted.all())
    return [(str(label), [row for row in rows if row.kind == kind]) for kind, label in EnquiryNeed.Kind.choices]
