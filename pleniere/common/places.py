"""Places on the ground."""

from __future__ import annotations

import math

EARTH = 12_742  # its diameter, km


def km_between(
    latitude: float | None, longitude: float | None, other_latitude: float | None, other_longitude: float | None
) -> float | None:
    """Kilometres as the crow flies; None when a coordinate is unknown."""
    places = (latitude, longitude, other_latitude, other_longitude)
    known = [math.radians(degrees) for degrees in places if degrees is not None]
    if len(known) < len(places):
        return None
    lat1, lon1, lat2, lon2 = known
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return EARTH * math.asin(math.sqrt(a))
