"""French working days: Monday to Friday, without public holidays of the zone."""

from datetime import date
from functools import lru_cache

import holidays

from .nights import DAY

ZONES = {"": None, "ALSACE_MOSELLE": "57"}  # the departments whose own holidays differ


@lru_cache
def _holidays(zone: str) -> holidays.HolidayBase:
    return holidays.country_holidays("FR", subdiv=ZONES.get(zone))


def is_working_day(day: date, zone: str = "") -> bool:
    return day.weekday() < 5 and day not in _holidays(zone)


def next_working_day(day: date, zone: str = "") -> date:
    """The first working day after `day`."""
    day += DAY
    while not is_working_day(day, zone):
        day += DAY
    return day


def this_or_next_working_day(day: date, zone: str = "") -> date:
    return day if is_working_day(day, zone) else next_working_day(day, zone)
