"""What became of each stay once it had begun: as booked, left early, never came, stayed longer; what the hotel says, and what was agreed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import ZERO
from pleniere.congress.models import Congress

from .models import Change, Charge, Line, LinePerson

VERB = "stay.told"
LONGEST = 30  # days that a stay may have been prolonged by


class Outcome(models.TextChoices):
    CAME = "CAME", _("came as booked")
    EARLY = "EARLY", _("left early")
    NO_SHOW = "NO_SHOW", _("did not come")
    EXTRA = "EXTRA", _("stayed longer")


@dataclass(frozen=True)
class Told:
    """What became of a stay. `departure`: the day they left, where that is not the day booked."""

    outcome: str
    departure: date | None = None
    note: str = ""

    def wrong(self, line: Line) -> str:
        """Why this cannot be, in a sentence; nothing when it can."""
        if self.outcome not in Outcome.values:
            return str(_("Say what became of the stay."))
        if self.outcome == Outcome.EARLY and not (self.departure and line.start < self.departure < line.end):
            return str(_("Who left early left after the arrival and before the departure booked."))
        if self.outcome == Outcome.EXTRA and not (self.departure and line.end < self.departure <= line.end + timedelta(LONGEST)):
            return str(_("Who stayed longer left after the departure booked, and within thirty days of it."))
        return ""

    def until(self, line: Line) -> date:
        """The day the room was left; the arrival where nobody came."""
        return {Outcome.CAME: line.end, Outcome.NO_SHOW: line.start}.get(Outcome(self.outcome), self.departure or line.end)

    def nights(self, line: Line) -> int:
        return (self.until(line) - line.start).days * line.quantity

    @property
    def asked(self) -> dict[str, Any]:
        """As history keeps it; a day is said only where it is another than booked."""
        moved = self.outcome in (Outcome.EARLY, Outcome.EXTRA) and self.departure
        return {
            "outcome": self.outcome,
            "departure": self.departure.isoformat() if moved and self.departure else "",
            "note": self.note,
        }


def told_of(change: Change) -> Told:
    asked = change.asked or {}
    departure = asked.get("departure")
    return Told(asked.get("outcome", ""), date.fromisoformat(departure) if departure else None, asked.get("note", ""))


@dataclass
class Stayed:
    """A stay that has begun, with the last that was said of it (none: nothing yet)."""

    line: Line
    who: str
    change: Change | None = None
    commission: Decimal = ZERO

    @property
    def told(self) -> Told | None:
        return told_of(self.change) if self.change else None

    @property
    def booked(self) -> int:
        return (self.line.end - self.line.start).days * self.line.quantity

    @property
    def actual(self) -> int | None:
        return self.told.nights(self.line) if self.told else None

    @property
    def is_agreed(self) -> bool:
        return self.change is not None and self.change.state == Change.State.APPLIED

    @property
    def differs(self) -> bool:
        return self.told is not None and self.told.outcome != Outcome.CAME

    @property
    def outcome(self) -> str:
        return str(Outcome(self.told.outcome).label) if self.told else ""


def stays_of(congress: Congress, today: date, supplier: int | None = None) -> list[Stayed]:
    """The rooms taken that have begun by today, of one hotel or of all, by hotel and arrival; four queries."""
    rows = Line.objects.filter(
        congress=congress, state__in=[Line.State.OPTION, Line.State.FIRM], is_penalty=False, room_of=None, start__lte=today
    ).filter(offer__service__kind="ROOM", booking__placed_at__isnull=False)
    if supplier is not None:
        rows = rows.filter(offer__service__supplier=supplier)
    rows = rows.select_related("booking", "offer__service__supplier", "offer__contract", "rate")
    lines = {line.pk: line for line in rows.order_by("offer__service__supplier__name", "start", "booking__number", "pk")}
    names: dict[int, list[str]] = {pk: [] for pk in lines}
    for link in LinePerson.objects.filter(line__in=lines).select_related("person").order_by("person__position", "person__pk"):
        names[link.line_id].append(str(link.person))
    commission = dict.fromkeys(lines, ZERO)
    for pk, amount in Charge.objects.live().filter(line__in=lines).values_list("line", "commission"):
        commission[pk] += amount
    said = last_told(lines)
    return [Stayed(line, ", ".join(names[pk]) or str(line.booking), said.get(pk), commission[pk]) for pk, line in lines.items()]


def last_told(lines: Iterable[int]) -> dict[int, Change]:
    """By line, the last that was said of its stay and not dropped; one query."""
    rows = Change.objects.filter(line__in=list(lines), verb=VERB).exclude(state=Change.State.DROPPED).order_by("pk")
    return {change.line_id: change for change in rows if change.line_id}


def no_show_percent(congress: Congress) -> Decimal | None:
    """Of the stays of which an end was agreed, how many in a hundred room nights nobody came for; none where none was agreed."""
    rows = Change.objects.filter(congress=congress, verb=VERB, state=Change.State.APPLIED).select_related("line")
    booked = missed = 0
    for change in {change.line_id: change for change in rows.order_by("pk") if change.line}.values():
        assert change.line is not None
        nights = (change.line.end - change.line.start).days * change.line.quantity
        booked += nights
        missed += nights if told_of(change).outcome == Outcome.NO_SHOW else 0
    return (Decimal(100 * missed) / booked).quantize(Decimal("0.1")) if booked else None
