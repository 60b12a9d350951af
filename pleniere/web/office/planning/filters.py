"""What of the stock the planning shows: by supplier, service, pool, season and type of rate."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.catalogue.models import Service, Supplier
from pleniere.common.words import fold
from pleniere.congress.models import Congress, Pool
from pleniere.congress.seasons import Calendar, days_of
from pleniere.stock.models import StockDay
from pleniere.web.forms import Form
from pleniere.web.typed import pk_of

MOST_CODES = 30


class PlanningFilter(Form):
    """Each left empty shows all; what cannot be is passed over."""

    kind = forms.ChoiceField(label=gettext_lazy("Type of supplier"), required=False)
    pool = forms.ChoiceField(label=gettext_lazy("Stock"), required=False)
    season = forms.ChoiceField(label=gettext_lazy("Season"), required=False)
    rate = forms.ChoiceField(label=gettext_lazy("Type of rate"), required=False)
    q = forms.CharField(
        label=gettext_lazy("Suppliers, names or codes"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("several: with commas")}),
    )
    what = forms.ChoiceField(label=gettext_lazy("Services"), required=False)
    empty = forms.BooleanField(label=gettext_lazy("Also suppliers without stock these days"), required=False)

    def __init__(self, *args: Any, congress: Congress, calendar: Calendar, suppliers: list[Supplier], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.congress, self.calendar, self.suppliers = congress, calendar, suppliers
        self.pools = list(Pool.objects.filter(congress=congress).order_by("code"))
        kinds = {supplier.kind: supplier.get_kind_display() for supplier in suppliers}
        whose = {supplier.pk: supplier.name for supplier in suppliers}
        seasons = [(s.pk, f"{s}, {whose.get(s.supplier_id, '–')}" if s.supplier_id else str(s)) for s in calendar.seasons]
        self._offer("kind", sorted(kinds.items()))
        self._offer("pool", [(pool.pk, f"{pool.code} · {pool}" if pool.name else pool.code) for pool in self.pools])
        self._offer("season", seasons)
        self._offer("rate", [(row.pk, f"{row.code} · {row}") for row in calendar.rate_types])
        rooms = [("ROOM", _("rooms")), ("ALL", _("all that is counted")), *Service.Room.choices]
        self.fields["what"].choices = rooms  # type: ignore[attr-defined]
        self.facts: dict[str, str] = {}
        if self.is_bound:
            self.is_valid()
            self.facts = {name: value for name, value in self.cleaned_data.items() if value}

    def _offer(self, name: str, rows: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = [("", _("all")), *((str(value), label) for value, label in rows)]  # type: ignore[attr-defined]

    @property
    def only_rooms(self) -> bool:
        return self.facts.get("what", "ROOM") != "ALL"

    @property
    def wanted(self) -> list[Supplier]:
        """The suppliers that the filter names, of those with stock in this congress."""
        words = [fold(word) for word in re.split(r"[,;\n]", self.facts.get("q", "").replace("\0", ""))[:MOST_CODES]]
        words = [word for word in words if word]
        kind = self.facts.get("kind")
        return [s for s in self.suppliers if kind in (None, s.kind) and (not words or any(_answers(s, word) for word in words))]

    def rows(self) -> QuerySet[StockDay]:
        """The counters that answer, of all days."""
        rows = StockDay.objects.filter(congress=self.congress)
        if "q" in self.facts or "kind" in self.facts:
            rows = rows.filter(service__supplier__in=[s.pk for s in self.wanted])
        what = self.facts.get("what", "ROOM")
        if what != "ALL":
            rows = rows.filter(service__kind=Service.Kind.ROOM)
        if what in Service.Room.values:
            rows = rows.filter(service__room_type=what)
        if pool := self.facts.get("pool"):
            rows = rows.filter(pool=pk_of(pool))
        return rows.filter(self._days())

    def _days(self) -> Q:
        """A first sieve; a supplier's own season within everybody's is left to `shows`."""
        found = Q()
        if season := self.facts.get("season"):
            found &= days_of([s for s in self.calendar.seasons if str(s.pk) == season])
        if rate := self.facts.get("rate"):
            found &= days_of([s for s in self.calendar.seasons if str(s.rate_type_id) == rate])
        return found

    def shows(self, supplier: int, day: date) -> bool:
        """Whether this night of this supplier is in the season and the type of rate asked for."""
        if not self.facts.keys() & {"season", "rate"}:
            return True
        season = self.calendar.season(supplier, day)
        return (
            season is not None
            and self.facts.get("season") in (None, str(season.pk))
            and self.facts.get("rate") in (None, str(season.rate_type_id))
        )


def _answers(supplier: Supplier, word: str) -> bool:
    return word in supplier.search
