"""Pictures the server draws: a hotel without a photo as a façade of its own, the map as pins on a plain ground. No file, no tile."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from pleniere.registration.search import Hotel

SUN = "#f5b83d"


@lru_cache(maxsize=1000)
def facade(seed: str) -> SafeString:
    """A house front that is always the same for the same hotel: two shapes of windows, some of them lit."""
    digest = hashlib.sha256(seed.encode()).digest()
    columns, floors = 4 + digest[0] % 3, 4 + digest[1] % 3
    top = 24 + digest[2] % 4 * 8
    wide, high = 108 / columns, (172 - top - 16) / floors
    dark: list[str] = []
    lit: list[str] = []
    for n in range(columns * floors):
        x, y = 26 + n % columns * wide + wide * 0.2, top + 14 + n // columns * high
        (lit if digest[3 + n % 29] % 6 == 0 else dark).append(
            f"M{x:.0f} {y:.0f}h{wide * 0.55:.0f}v{high * 0.55:.0f}h-{wide * 0.55:.0f}z"
        )
    return format_html(
        '<svg class="hotel__art" viewBox="0 0 160 200" preserveAspectRatio="xMidYMax slice" aria-hidden="true" fill="currentColor">'
        '<path d="M18 200V{0}h124v{1}z" opacity=".16"/><path d="M13 {0}h134l-10-12H23z" opacity=".34"/><path d="{2}" opacity=".4"/>'
        '<path d="{3}" fill="{4}"/><path d="M70 200v-22a10 10 0 0 1 20 0v22z" opacity=".7"/></svg>',
        top,
        200 - top,
        "".join(dark),
        "".join(lit),
        SUN,
    )


@dataclass(frozen=True)
class Pin:
    """Where one hotel stands on the map, in its own units."""

    number: int
    hotel: Hotel
    x: float
    y: float
    label_left: bool


@dataclass(frozen=True)
class Map:
    """Pins in the order of the list, the venue, and a ruler of one kilometre."""

    width: int
    height: int
    pins: list[Pin]
    venue: tuple[float, float] | None
    kilometre: float


def map_of(
    hotels: Sequence[Hotel], venue: tuple[float | None, float | None], *, width: int = 900, height: int = 560
) -> Map | None:
    """The hotels with known places, north up, to scale; None when fewer than one has a place."""
    placed = [(n, hotel) for n, hotel in enumerate(hotels, start=1) if _place(hotel) is not None]
    if not placed:
        return None
    spots = [_place(hotel) for _n, hotel in placed]
    known = [spot for spot in spots if spot]
    at = (venue[0], venue[1]) if venue[0] is not None and venue[1] is not None else None
    every = [*known, *([at] if at else [])]
    middle = sum(lat for lat, _lon in every) / len(every)
    squeeze = math.cos(math.radians(middle))
    flat = [(lon * squeeze, -lat) for lat, lon in every]
    west, east = min(x for x, _y in flat), max(x for x, _y in flat)
    north, south = min(y for _x, y in flat), max(y for _x, y in flat)
    margin = 70
    scale = min((width - 2 * margin) / max(east - west, 0.004), (height - 2 * margin) / max(south - north, 0.004))

    def spot(lat: float, lon: float) -> tuple[float, float]:
        x, y = lon * squeeze, -lat
        return (
            round(width / 2 + (x - (west + east) / 2) * scale, 1),
            round(height / 2 + (y - (north + south) / 2) * scale, 1),
        )

    pins = []
    for (n, hotel), (lat, lon) in zip(placed, known, strict=True):
        x, y = spot(lat, lon)
        pins.append(Pin(n, hotel, x, y, label_left=x > width * 0.62))
    return Map(width, height, pins, spot(*at) if at else None, round(scale / 111.2, 1))


def _place(hotel: Hotel) -> tuple[float, float] | None:
    supplier = hotel.supplier
    if supplier.latitude is None or supplier.longitude is None:
        return None
    return supplier.latitude, supplier.longitude
