"""The answer grid as a page draws it: a type, its nights, the words typed so far and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from pleniere.catalogue.models import Service

from .models import Need, Request


@dataclass
class Box:
    """One field: its name (its id too), what was typed, what is wrong with it."""

    name: str
    words: str
    wrong: str = ""


@dataclass
class NightRow:
    night: date
    wanted: int
    rooms: Box
    price: Box


@dataclass
class TypeRow:
    """A room type: the fields for every night alike, and those of each night."""

    code: str
    label: str
    hint: str
    with_price: bool
    same: bool
    none: bool
    rooms: Box
    price: Box
    nights: list[NightRow] = field(default_factory=list)

    @property
    def wanted(self) -> list[int]:
        """How many are looked for, least and most; empty when the hotel is asked to tell what it has."""
        counts = [row.wanted for row in self.nights]
        return sorted({min(counts), max(counts)}) if any(counts) else []


def grid(
    request: Request, needs: Iterable[Need], words: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> list[TypeRow]:
    """Every type asked, in the trade's order. "Same every night" is ticked until nights of their own are typed."""
    problems = problems or {}
    asked: dict[str, dict[date, Need]] = {}
    for need in needs:
        asked.setdefault(need.room_type, {})[need.night] = need

    def box(name: str) -> Box:
        return Box(name, words.get(name, ""), problems.get(name, ""))

    rows = []
    for code in [code for code in Service.Room.values if code in asked]:
        by_night = asked[code]
        nights = [
            NightRow(night, by_night[night].rooms if night in by_night else 0, box(f"n:{code}:{night}"), box(f"p:{code}:{night}"))
            for night in request.stay
        ]
        own = any(row.rooms.words or row.price.words for row in nights)
        row = TypeRow(
            code,
            str(Service.Room(code).label),
            hint_of(code),
            with_price=any(need.kind == Need.Kind.QUOTE for need in by_night.values()),
            same=bool(words[f"same:{code}"]) if f"same:{code}" in words else not own,
            none=bool(words.get(f"none:{code}")),
            rooms=box(f"n:{code}"),
            price=box(f"p:{code}"),
            nights=nights,
        )
        rows.append(row)
    return rows


def hint_of(code: str) -> str:
    return {
        "SINGLE": _("one person"),
        "TWIN": _("two beds"),
        "DOUBLE": _("one large bed"),
        "TRIPLE": _("three persons"),
        "QUAD": _("four persons"),
        "ACCESSIBLE": _("wheelchair, walk-in shower"),
        "SUITE": _("with a living room"),
    }.get(code, "")
