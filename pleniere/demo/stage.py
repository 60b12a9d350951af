"""What the steps of the demo hand on to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pleniere.accounts.models import Bureau, User
from pleniere.catalogue.models import Service, Supplier
from pleniere.congress.models import Audience, Congress, Offer, Step

from .words import Chance

PARIS = ZoneInfo("Europe/Paris")
PASSWORD = "pleniere-demo"  # of every person of the demo, who does not exist
AHEAD = 133  # days from today to the seminar


@dataclass
class Stage:
    """The demo while it is being made: `now` is the day it is made, everything else lies around it."""

    now: datetime
    chance: Chance = field(default_factory=lambda: Chance(1802))
    bureau: Bureau | None = None
    people: dict[str, User] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    congress: Congress | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    audiences: dict[str, Audience] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    invitations: dict[str, Any] = field(default_factory=dict)

    @property
    def starts(self) -> date:
        """A Wednesday, some nineteen weeks ahead."""
        day = self.now.astimezone(PARIS).date() + timedelta(days=AHEAD)
        return day + timedelta(days=(2 - day.weekday()) % 7)

    def ago(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """So many days before today, at this hour of Paris; never in the future."""
        day = self.now.astimezone(PARIS).date() - timedelta(days=days)
        return min(datetime.combine(day, time(hour, minute), PARIS), self.now)

    def ahead(self, days: int, hour: int = 17) -> datetime:
        """So many days after today, at this hour of Paris."""
        return datetime.combine(self.now.astimezone(PARIS).date() + timedelta(days=days), time(hour), PARIS)

    @property
    def agent(self) -> User:
        return self.people["michele"]

    @property
    def lead(self) -> User:
        return self.people["luc"]

    @property
    def accountant(self) -> User:
        return self.people["claire"]

    @property
    def here(self) -> Congress:
        assert self.congress is not None
        return self.congress
