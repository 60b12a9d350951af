"""The right number of rooms: past editions, what they say of this one drawn with its range, and a draft request filled by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment import reading
from pleniere.allotment.actions import NothingToSend, drop_edition, edit_request, keep_editions, make_request
from pleniere.allotment.actions.foreseeing import past_of, pasts_of
from pleniere.allotment.dates import BadDates
from pleniere.allotment.editions import Wrong, read_editions, title_of
from pleniere.allotment.forecast import Past, Proposal, propose
from pleniere.allotment.models import Need, Request
from pleniere.booking.models import Line, Person
from pleniere.booking.stays import no_show_percent
from pleniere.catalogue.models import Service
from pleniere.common import sheets
from pleniere.common.sheets.reading import NotATable, read_table
from pleniere.congress.models import Congress
from pleniere.web.forms import Form
from pleniere.web.typed import number

from ..door import StaffRequest, of_congress
from .forms import start_of
from .views import find

HEAVIEST = 2 * 1024 * 1024
MOST_WRONG = 30
WIDTH, HEIGHT, FOOT, SIDE = 900, 240, 26, 44


class HeadsForm(Form):
    """For how many, and how the rooms are shared between types."""

    heads = forms.IntegerField(label=gettext_lazy("Participants expected"), min_value=1, max_value=200_000)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for code in Service.Room.values:
            label = _("%(type)s, %%") % {"type": reading.type_name(code)}
            field = forms.IntegerField(label=label, min_value=0, max_value=100, required=False)
            field.widget.attrs["class"] = "input"
            self.fields[f"part_{code}"] = field

    @property
    def parts(self) -> dict[str, int]:
        return {code: self.cleaned_data.get(f"part_{code}") or 0 for code in Service.Room.values}

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors and not any(self.parts.values()):
            raise forms.ValidationError(_("Share the rooms between types: at least one has a part."))
        return facts


class EditionsFile(Form):
    file = forms.FileField(
        label=gettext_lazy("File of past editions"), help_text=gettext_lazy(".xlsx or .csv, one row per night")
    )

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > HEAVIEST:
            raise forms.ValidationError(_("This file is too heavy: 2 MB at most."))
        content: bytes = upload.read()
        return content


class OurEdition(Form):
    """A past congress of ours."""

    source = forms.ChoiceField(label=gettext_lazy("A congress of ours"))
    no_show = forms.DecimalField(
        label=gettext_lazy("No-shows, %"),
        help_text=gettext_lazy("none: as was agreed with its hotels after the stay"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        localize=True,
    )

    def __init__(self, *args: Any, choices: list[Congress], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [(str(each.pk), f"{each} ({each.starts:%d/%m/%Y})") for each in choices]  # type: ignore[attr-defined]


def past_congresses(user: Any, congress: Congress) -> list[Congress]:
    """Those the agent works in that are over, of the same organiser first."""
    rows = (
        Congress.objects.staffed_by(user).filter(ends__lte=timezone.localdate(), kind=Congress.Kind.EVENT).exclude(pk=congress.pk)
    )
    found = list(rows.order_by("-starts")[:200])
    return sorted(
        found, key=lambda each: (each.organiser_id != congress.organiser_id or not each.organiser_id, -each.starts.toordinal())
    )


@of_congress
@require_safe
def forecast(request: StaffRequest, congress: Congress) -> HttpResponse:
    return _show(request, congress)


def _show(request: StaffRequest, congress: Congress, *, status: int = 200, **forms_: Any) -> HttpResponse:
    pasts = pasts_of(congress)
    asked = _draft(request, congress)
    usual = {"heads": pasts[-1].heads if pasts else None, "part_DOUBLE": 100}
    typed = "heads" in request.GET
    form = forms_.pop("form", None) or HeadsForm(request.GET if typed else None, initial=usual)
    heads = form.cleaned_data.get("heads") if form.is_bound and form.is_valid() else usual["heads"]
    proposal = propose(pasts, heads=heads, starts=congress.starts) if pasts and heads else None
    ours = past_congresses(request.user, congress)
    page = {
        "congress": congress,
        "asked": asked,
        "editions": list(zip(congress.editions.all(), pasts, strict=True)),
        "names": [past.name for past in proposal.editions] if proposal else [],
        "form": form,
        "file_form": EditionsFile(),
        "our_form": OurEdition(choices=ours) if ours else None,
        "proposal": proposal,
        "chart": nights_chart(proposal) if proposal and proposal.nights else None,
        "arrivals": arrivals_chart(proposal) if proposal and proposal.arrivals else None,
        "may": can(request.user, "allotment.ask", congress),
        **forms_,
    }
    return render(request, "office/requests/forecast.html", page, status=status)


def _draft(request: StaffRequest, congress: Congress) -> Request | None:
    words = (request.POST or request.GET).get("number", "")
    if number(words, digits=8) is None:
        return None
    asked = find(request, congress, words)
    return asked if asked.state == Request.State.DRAFT else None


@of_congress
@require_POST
def editions(request: StaffRequest, congress: Congress) -> HttpResponse:
    """A file, or a congress of ours, becomes editions; with any cell wrong nothing is kept."""
    at = timezone.now()
    if "source" in request.POST:
        return _ours(request, congress)
    form = EditionsFile(request.POST, request.FILES)
    wrong: list[Wrong] = []
    if form.is_valid():
        try:
            pasts, wrong = read_editions(read_table(form.cleaned_data["file"]))
            if not wrong:
                kept = keep_editions(congress, pasts, by=request.user, at=at)
                words = ngettext("%(n)s edition is kept.", "%(n)s editions are kept.", len(kept)) % {"n": len(kept)}
                messages.success(request, words)
                return _back(request, congress)
        except NotATable as error:
            form.add_error("file", str(error))
    return _show(
        request, congress, status=422, file_form=form, wrong=wrong[:MOST_WRONG], more_wrong=max(0, len(wrong) - MOST_WRONG)
    )


def _ours(request: StaffRequest, congress: Congress) -> HttpResponse:
    choices = past_congresses(request.user, congress)
    form = OurEdition(request.POST, choices=choices)
    if not form.is_valid():
        return _show(request, congress, status=422, our_form=form)
    source = next(each for each in choices if str(each.pk) == form.cleaned_data["source"])
    said = form.cleaned_data["no_show"]
    past = _past(source, said if said is not None else no_show_percent(source) or Decimal(0))
    if not past.heads or not past.rooms:
        form.add_error("source", _("No room, or no participant, was ever booked in this congress."))
        return _show(request, congress, status=422, our_form=form)
    keep_editions(congress, [past], source=source, by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s is read from its bookings.") % {"name": past.name})
    return _back(request, congress)


def _past(source: Congress, no_show: Decimal) -> Past:
    """Its participants and arrivals from its bookings, its rooms from its stock."""
    alive = Line.objects.counted().filter(booking__congress=source, booking__placed_at__isnull=False)
    heads = (
        Person.objects.filter(booking__congress=source, booking__placed_at__isnull=False, booking__lines__in=alive)
        .distinct()
        .count()
    )
    rooms = alive.filter(offer__service__kind=Service.Kind.ROOM, room_of=None)
    arrivals = Counter({row["start"]: row["n"] for row in rooms.values("start").annotate(n=Sum("quantity"))})
    return past_of(source, heads=heads, arrivals=arrivals, no_show=no_show)


def _back(request: StaffRequest, congress: Congress) -> HttpResponse:
    response = redirect("office-forecast", congress.code)
    if number(words := request.POST.get("number", ""), digits=8) is not None:
        response["Location"] += f"?number={words}"
    return response


@of_congress
@require_POST
def removal(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    drop_edition(get_object_or_404(congress.editions.select_related("congress"), pk=pk), by=request.user)
    return _back(request, congress)


@of_congress
@require_POST
def acceptance(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The proposal becomes the needs of the draft named, else of a new one."""
    form = HeadsForm(request.POST)
    pasts = pasts_of(congress)
    if not form.is_valid() or not pasts:
        return _show(request, congress, status=422, form=form)
    proposal = propose(pasts, heads=form.cleaned_data["heads"], starts=congress.starts)
    cut = {code: nights for code, nights in proposal.by_type(form.parts).items() if any(nights.values())}
    nights = [night.night for night in proposal.nights if night.rooms]
    if not cut or not nights:
        form.add_error(None, _("These editions took no room at all."))
        return _show(request, congress, status=422, form=form)
    needs = {code: (Need.Kind.QUOTE.value, {night: found.get(night, 0) for night in nights}) for code, found in cut.items()}
    try:
        asked = _fill(request, congress, nights, needs)
    except (BadDates, NothingToSend) as error:
        form.add_error(None, str(error))
        return _show(request, congress, status=422, form=form)
    messages.success(request, _("The needs are filled from past editions: read them, change what you know better."))
    return redirect("office-request-edit", congress.code, asked.number)


def _fill(request: StaffRequest, congress: Congress, nights: list[date], needs: Any) -> Request:
    at, asked = timezone.now(), _draft(request, congress)
    stay = {"arrival": nights[0], "departure": nights[-1] + timedelta(days=1)}
    if asked is not None:
        return edit_request(asked, needs=needs, arrival=nights[0], departure=stay["departure"], by=request.user, at=at)
    facts = start_of(congress, at) | stay
    facts["cutoff"] = min(facts["cutoff"], stay["arrival"])
    facts["deadline"] = timezone.make_aware(facts["deadline"], congress.zone)
    return make_request(congress, needs=needs, **facts, by=request.user, at=at)


@of_congress
@require_safe
def model(request: StaffRequest, congress: Congress) -> HttpResponse:
    """An empty file of the right shape, with two rows that show how it is filled."""
    names = ("edition", "starts", "heads", "night", "rooms", "arrivals", "no_show")
    kinds = {"starts": sheets.DATE, "night": sheets.DATE, "heads": sheets.INT, "rooms": sheets.INT, "arrivals": sheets.INT}
    columns = [sheets.Column(title_of(name), name, kind=kinds.get(name, sheets.TEXT)) for name in names]
    first = congress.starts - timedelta(days=364)
    rows = [
        {
            "edition": f"{first:%Y}",
            "starts": first,
            "heads": 480,
            "night": first + timedelta(days=n),
            "rooms": rooms,
            "arrivals": came,
            "no_show": "3",
        }
        for n, rooms, came in ((-1, 150, 150), (0, 210, 65))
    ]
    content = sheets.to_xlsx(columns, rows, title=_("Past editions"))
    return sheets.download(content, f"{_('past-editions')}.xlsx")


# Drawn


@dataclass
class Bar:
    """A night of the chart: its bar, its range, its words."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    low: float
    high: float
    words: str
    value: str


@dataclass
class Chart:
    width: int
    height: int
    base: float
    bars: list[Bar]
    lines: list[tuple[str, str]]  # name, points
    steps: list[tuple[float, str]]  # y, label


def nights_chart(proposal: Proposal) -> Chart:
    """Rooms by night with their range; each edition as a line, at the participants expected."""
    most = max((night.high for night in proposal.nights), default=0) or 1
    y = _scale(most)
    slot = (WIDTH - SIDE) / len(proposal.nights)
    bars, middles = [], []
    for n, night in enumerate(proposal.nights):
        middle = SIDE + slot * (n + 0.5)
        middles.append(middle)
        wide = min(46.0, slot * 0.6)
        bars.append(
            Bar(
                round(middle - wide / 2, 1), y(night.rooms), round(wide, 1), round(HEIGHT - FOOT - y(night.rooms), 1),
                round(middle, 1), y(night.low), y(night.high), date_format(night.night, "D j/m"), str(night.rooms),
            )
        )  # fmt: skip
    lines = []
    for e, past in enumerate(proposal.editions):
        points = " ".join(
            f"{x:.1f},{y(float(night.shares[e]) * proposal.heads)}" for x, night in zip(middles, proposal.nights, strict=True)
        )
        lines.append((past.name, points))
    return Chart(WIDTH, HEIGHT, HEIGHT - FOOT, bars, lines, [(y(most * part), str(round(most * part))) for part in (0.5, 1.0)])


def arrivals_chart(proposal: Proposal) -> Chart:
    """Which part arrives on which day, and how many have arrived by then."""
    y, slot, come = _scale(1.0), (WIDTH - SIDE) / len(proposal.arrivals), Decimal(0)
    bars, points, starts = (
        [],
        [],
        proposal.nights[0].night - timedelta(days=proposal.nights[0].offset) if proposal.nights else None,
    )
    for n, (offset, part) in enumerate(proposal.arrivals.items()):
        come += part
        middle, wide = SIDE + slot * (n + 0.5), min(46.0, slot * 0.6)
        day = date_format(starts + timedelta(days=offset), "D j/m") if starts else f"{offset:+d}"
        top = y(float(part))
        bars.append(
            Bar(
                round(middle - wide / 2, 1),
                top,
                round(wide, 1),
                round(HEIGHT - FOOT - top, 1),
                round(middle, 1),
                0,
                0,
                day,
                f"{100 * part:.0f} %",
            )
        )
        points.append(f"{middle:.1f},{y(float(come))}")
    return Chart(
        WIDTH, HEIGHT, HEIGHT - FOOT, bars, [(_("arrived by then"), " ".join(points))], [(y(0.5), "50 %"), (y(1.0), "100 %")]
    )


def _scale(most: float) -> Any:
    return lambda value: round(18 + (HEIGHT - FOOT - 18) * (1 - value / most), 1)
