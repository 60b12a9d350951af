"""Which season and which type of rate a night is in: a supplier's own season comes before everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from .models import Congress, RateType, Season


@dataclass(frozen=True)
class Calendar:
    """The seasons of a congress, read once."""

    seasons: tuple[Season, ...]

    def season(self, supplier: int, day: date) -> Season | None:
        """The season that holds this night for this supplier."""
        found = [s for s in self.seasons if s.holds(day) and s.supplier_id in (supplier, None)]
        return max(found, key=lambda s: s.supplier_id is not None, default=None)

    def rate_type(self, supplier: int, day: date) -> RateType | None:
        season = self.season(supplier, day)
        return season.rate_type if season else None

    @property
    def rate_types(self) -> list[RateType]:
        """Those in use, by code."""
        found = {s.rate_type_id: s.rate_type for s in self.seasons if s.rate_type}
        return sorted(found.values(), key=lambda row: row.code)


def calendar(congress: Congress) -> Calendar:
    """One query."""
    return Calendar(tuple(congress.seasons.select_related("rate_type")))


def days_of(seasons: list[Season], *, day: str = "day", supplier: str = "service__supplier") -> Q:
    """Rows whose `day` one of these seasons holds; none when there is no season."""
    found = Q(pk__in=[])
    for season in seasons:
        holds = Q(**{f"{day}__gte": season.starts, f"{day}__lt": season.until})
        found |= holds & Q(**{supplier: season.supplier_id}) if season.supplier_id else holds
    return found
