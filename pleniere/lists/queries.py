"""A list as every desk shows it: its title with the count, its columns, its rows with what changed, its totals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from pleniere.accounts.models import Bureau
from pleniere.common import sheets, shown

from .models import ListDefinition, ListRun
from .rows import AMENDED, CANCELLED, NEW, Nights, Row, compare, from_kept, rooms_by_night, rows_of

Kind = ListDefinition.Kind
Column = sheets.Column

_CHANGES = {"": "", NEW: gettext_lazy("New"), AMENDED: gettext_lazy("Amended"), CANCELLED: gettext_lazy("Cancelled")}


@dataclass
class Sheet:
    """A list, ready to be shown, exported or sent. `made_at` is when it was computed, or sent."""

    definition: ListDefinition
    rows: list[Row]
    made_at: datetime
    sent_before: datetime | None = None  # the run it is compared with
    nights: list[date] = field(default_factory=list)
    types: list[Nights] = field(default_factory=list)

    @property
    def alive(self) -> list[Row]:
        return [row for row in self.rows if not row.is_gone]

    @property
    def is_rooming(self) -> bool:
        return self.definition.kind == Kind.ROOMING

    @property
    def count(self) -> int:
        """Persons on a list of people, rooms on a rooming list."""
        return sum(row.rooms if self.is_rooming else row.quantity for row in self.alive)

    @property
    def totals(self) -> dict[str, int]:
        names = ("rooms", "persons", "nights", "quantity")
        return {name: sum(getattr(row, name) for row in self.alive) for name in names}

    @property
    def heads(self) -> int:
        """Different people of a list by person and service."""
        return len({(row.booking, row.name) for row in self.alive})

    def changes(self) -> dict[str, int]:
        return {code: sum(row.change == code for row in self.rows) for code in (NEW, AMENDED, CANCELLED)}

    @property
    def has_changes(self) -> bool:
        return any(row.change for row in self.rows)

    @property
    def title(self) -> str:
        """The name with its count."""
        if self.is_rooming:
            words = ngettext("%(name)s: %(n)d room", "%(name)s: %(n)d rooms", self.count)
        else:
            words = ngettext("%(name)s: %(n)d place", "%(name)s: %(n)d places", self.count)
        return words % {"name": self.definition.name, "n": self.count}

    @property
    def intro(self) -> list[str]:
        """What stands under the title of every form of it: congress, dates, totals, what changed since when."""
        return [str(self.definition.congress), *filter(None, [self._dates(), self.summary(), self.news()])]

    def _dates(self) -> str:
        first, last = self.definition.night_from, self.definition.night_until
        if first and last:
            return _("Stays from %(first)s to %(last)s") % {"first": shown.day(first), "last": shown.day(last)}
        if first:
            return _("Stays from %(first)s on") % {"first": shown.day(first)}
        return _("Stays until %(last)s") % {"last": shown.day(last)} if last else ""

    def summary(self) -> str:
        """« 8 chambres, 12 personnes, 19 nuitées »."""
        t = self.totals
        persons = ngettext("%(n)d person", "%(n)d persons", t["persons"]) % {"n": t["persons"]}
        if not self.is_rooming:
            places = ngettext("%(n)d place", "%(n)d places", t["quantity"]) % {"n": t["quantity"]}
            people = ngettext("%(n)d name", "%(n)d names", self.heads) % {"n": self.heads}
            return _("%(places)s, %(people)s, without the cancelled.") % {"places": places, "people": people}
        rooms = ngettext("%(n)d room", "%(n)d rooms", t["rooms"]) % {"n": t["rooms"]}
        nights = ngettext("%(n)d room night", "%(n)d room nights", t["nights"]) % {"n": t["nights"]}
        return _("%(rooms)s, %(persons)s, %(nights)s, without the cancelled.") % {
            "rooms": rooms,
            "persons": persons,
            "nights": nights,
        }

    def news(self) -> str:
        if self.sent_before is None:
            return ""
        found = self.changes()
        facts = {"day": shown.day(self.definition.congress.local_date(self.sent_before))}
        if not self.has_changes:
            return _("Nothing has changed since the list of %(day)s.") % facts
        said = {"new": found[NEW], "amended": found[AMENDED], "cancelled": found[CANCELLED]}
        return _("Since the list of %(day)s: %(new)d new, %(amended)d amended, %(cancelled)d cancelled.") % {**facts, **said}


def sheet(definition: ListDefinition, *, at: datetime) -> Sheet:
    """The list as it stands now, compared with its last sending; a fixed number of queries."""
    last = definition.runs.order_by("-pk").only("at", "rows", "definition").first()
    rows = compare(rows_of(definition), last.rows if last else None)
    return _sheet(definition, rows, at, last.at if last else None)


def sheet_of_run(run: ListRun) -> Sheet:
    """A list as it was sent."""
    rows = [from_kept(facts) for facts in run.rows]
    news = {facts["key"]: facts for facts in run.changes}
    for row in rows:
        row.change, row.was = (news[row.key]["change"], news[row.key]["was"]) if row.key in news else ("", "")
    gone = [from_kept(facts["row"]) for facts in run.changes if facts["change"] == CANCELLED]
    for row in gone:
        row.change = CANCELLED
    before = (
        ListRun.objects.filter(definition=run.definition_id, pk__lt=run.pk).order_by("-pk").values_list("at", flat=True).first()
    )
    return _sheet(run.definition, sorted([*rows, *gone], key=lambda row: row.name), run.at, before)


def _sheet(definition: ListDefinition, rows: list[Row], at: datetime, before: datetime | None) -> Sheet:
    nights, types = rooms_by_night(rows) if definition.kind == Kind.ROOMING else ([], [])
    return Sheet(definition, rows, at, before, nights, types)


def columns(made: Sheet) -> list[Column]:
    """The columns of this list: what its recipient needs, and nothing else."""
    has_change, phone = made.sent_before is not None, made.definition.shows_phone
    if made.is_rooming:
        found = [
            Column(gettext_lazy("Persons"), "who", width=34),
            Column(gettext_lazy("Booking"), "booking", width=11),
            Column(gettext_lazy("Room"), "label", width=26),
            Column(gettext_lazy("Arrival"), "arrival", sheets.DATE),
            Column(gettext_lazy("Departure"), "departure", sheets.DATE),
            Column(gettext_lazy("Rooms"), "rooms", sheets.INT, total=True),
            Column(gettext_lazy("Pers."), "persons", sheets.INT, total=True),
            Column(gettext_lazy("Room nights"), "nights", sheets.INT, total=True),
            Column(gettext_lazy("Your number"), "number", width=12),
        ]
    else:
        found = [
            Column(gettext_lazy("Person"), "name", width=28),
            Column(gettext_lazy("Service"), "label", width=30),
            Column(gettext_lazy("Dates"), "when", width=20),
            Column(gettext_lazy("Quantity"), "quantity", sheets.INT, total=True),
            Column(gettext_lazy("Booking"), "booking", width=11),
        ]
        if made.definition.offer_id is None and made.definition.supplier_id is None:
            found.insert(2, Column(gettext_lazy("Supplier"), "supplier", width=24))
    found += [Column(gettext_lazy("Phone"), "phone", width=16)] if phone else []
    found.append(Column(gettext_lazy("State"), state_word, width=9))
    found += [Column(gettext_lazy("Since the last list"), change_words, width=22)] if has_change else []
    return found


def table(made: Sheet) -> dict[str, Any]:
    """The list as its table shows it: columns, rows of cells, sums, what changed."""
    shown = columns(made)
    rows = [(row, [(column, column.text(row)) for column in shown]) for row in made.rows]
    sums = [(column, str(made.totals[str(column.get)]) if column.total else "") for column in shown]
    return {"made": made, "columns": shown, "rows": rows, "sums": sums, "changes": made.changes()}


def state_word(row: Row) -> str:
    return {"OPTION": pgettext("of a line", "option"), "FIRM": pgettext("of a line", "firm")}.get(row.state, "")


def change_words(row: Row) -> str:
    word = str(_CHANGES[row.change])
    return f"{word}, {row.was}" if row.was else word


def file_of(made: Sheet, format: str, language: str) -> bytes:
    """The list as .xlsx, .csv or PDF, in `language`."""
    with translation.override(language):
        facts: dict[str, Any] = {"struck": _is_gone}
        if format == "csv":
            return sheets.to_csv(columns(made), made.rows, language, **facts)
        facts |= {"title": made.title, "intro": [*made.intro, _stamp(made)], "more": _more(made)}
        if format == "xlsx":
            return sheets.to_xlsx(columns(made), made.rows, sheet=made.definition.name, **facts)
        notes = [_("This list replaces the one before. It holds personal data: destroy it a month after the congress.")]
        return sheets.to_pdf(columns(made), made.rows, language=language, sender=_sender(), notes=notes, at=made.made_at, **facts)


def download(made: Sheet, format: str, language: str) -> HttpResponse:
    """The same as a download; anything but csv and pdf is .xlsx."""
    format = format if format in sheets.FORMATS else "xlsx"
    return sheets.download(file_of(made, format, language), file_name(made, format))


def file_name(made: Sheet, format: str) -> str:
    day = made.definition.congress.local_date(made.made_at)
    return f"{made.definition.congress.code}-{made.definition.name[:60]}-{day}.{format}"


def _stamp(made: Sheet) -> str:
    return _("Made on %(moment)s") % {"moment": shown.moment(made.made_at)}


def _sender() -> str:
    bureau = Bureau.objects.filter(pk=1).first()
    return ", ".join(part for part in (bureau.name, bureau.phone) if part) if bureau else ""


def _more(made: Sheet) -> list[tuple[str, list[Column], list[Nights]]]:
    """Rooms by type and night, under the rooming list."""
    if not made.types:
        return []
    heads = [Column(gettext_lazy("Rooms by night"), "label", width=20)]
    heads += [Column(f"{night:%d/%m}", partial(_rooms_of, night), sheets.INT, total=True) for night in made.nights]
    return [(_("Rooms by night"), heads, made.types)]


def _rooms_of(night: date, row: Nights) -> int:
    return row.rooms.get(night, 0)


def _is_gone(row: object) -> bool:
    return isinstance(row, Row) and row.is_gone
