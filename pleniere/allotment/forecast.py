"""How many rooms to ask for, from what past editions took up night by night. Pure: editions in, a proposal out.

Of each edition: rooms taken on a night ÷ participants, less those who did not come. The proposal is the mean of these shares
(an edition weighs one more than the one before it) times the participants expected; its range, the lowest and the highest.
One edition alone says nothing of how much editions differ: its range is ±10 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from pleniere.common.money import split

ALONE = Decimal("0.10")


@dataclass(frozen=True)
class Past:
    """One edition: nights by their distance to its first day (−1: the evening before)."""

    name: str
    starts: date
    heads: int
    no_show: Decimal  # % of the rooms whose guest did not come
    rooms: Mapping[int, int]
    arrivals: Mapping[int, int] = field(default_factory=dict)

    def share(self, offset: int) -> Decimal:
        """Rooms slept in, per participant."""
        taken = Decimal(self.rooms.get(offset, 0))
        return taken * (100 - self.no_show) / 100 / self.heads if self.heads else Decimal(0)

    @property
    def fullest(self) -> tuple[int, Decimal]:
        """Rooms taken on its fullest night, and % of its participants."""
        most = max(self.rooms.values(), default=0)
        return most, tenth(Decimal(100 * most) / self.heads) if self.heads else Decimal(0)

    def arriving(self) -> dict[int, Decimal]:
        """Which part arrives on which day; where nobody counted arrivals, the rise from night to night is read as such."""
        offsets = sorted(self.rooms)
        counted = dict(self.arrivals) or {n: max(0, self.rooms[n] - self.rooms.get(n - 1, 0)) for n in offsets}
        whole = sum(counted.values())
        return {n: Decimal(count) / whole for n, count in sorted(counted.items())} if whole else {}


@dataclass(frozen=True)
class NightForecast:
    offset: int
    night: date
    low: int
    rooms: int
    high: int
    shares: tuple[Decimal, ...]  # of each edition

    @property
    def percents(self) -> list[Decimal]:
        return [tenth(100 * share) for share in self.shares]


@dataclass(frozen=True)
class Proposal:
    heads: int
    nights: list[NightForecast]
    editions: tuple[Past, ...]
    no_show: Decimal  # mean, in %
    arrivals: dict[int, Decimal]  # mean, by day

    @property
    def peak(self) -> NightForecast | None:
        return max(self.nights, key=lambda night: night.rooms, default=None)

    @property
    def sleeping(self) -> Decimal:
        """Rooms per hundred participants on the fullest night."""
        return tenth(Decimal(100 * self.peak.rooms) / self.heads) if self.peak and self.heads else Decimal(0)

    @property
    def room_nights(self) -> int:
        return sum(night.rooms for night in self.nights)

    def by_type(self, parts: Mapping[str, int]) -> dict[str, dict[date, int]]:
        """The proposal cut by room type, in whole rooms that add up to each night's; `parts` are weights."""
        codes = [code for code, weight in parts.items() if weight > 0]
        found: dict[str, dict[date, int]] = {code: {} for code in codes}
        for night in self.nights:
            # split() gives cents: a room is counted as a cent here, and shared out by largest remainder like one
            shares = split(Decimal(night.rooms) / 100, [parts[code] for code in codes])
            for code, share in zip(codes, shares, strict=True):
                found[code][night.night] = int(share * 100)
        return found


def propose(editions: Sequence[Past], *, heads: int, starts: date) -> Proposal:
    """For `heads` participants of a congress that begins on `starts`. Without editions: no night."""
    known = tuple(sorted((each for each in editions if each.heads > 0), key=lambda each: each.starts))
    weights = [Decimal(n) for n in range(1, len(known) + 1)]
    offsets = sorted({offset for each in known for offset, rooms in each.rooms.items() if rooms})
    nights = []
    for offset in range(offsets[0], offsets[-1] + 1) if offsets else []:
        shares = tuple(each.share(offset) for each in known)
        mean = sum((share * weight for share, weight in zip(shares, weights, strict=True)), Decimal(0)) / sum(weights)
        low, high = (min(shares), max(shares)) if len(known) > 1 else (mean * (1 - ALONE), mean * (1 + ALONE))
        least, usual, most = (_whole(share * heads) for share in (low, mean, high))
        nights.append(NightForecast(offset, starts + timedelta(days=offset), least, usual, most, shares))
    return Proposal(heads, nights, known, tenth(_mean([each.no_show for each in known], weights)), _arrivals(known, weights))


def _arrivals(known: Sequence[Past], weights: Sequence[Decimal]) -> dict[int, Decimal]:
    curves = [each.arriving() for each in known]
    offsets = sorted({offset for curve in curves for offset in curve})
    return {offset: _mean([curve.get(offset, Decimal(0)) for curve in curves], weights) for offset in offsets}


def _mean(values: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    whole = sum(weights)
    return sum((v * w for v, w in zip(values, weights, strict=True)), Decimal(0)) / whole if whole else Decimal(0)


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def tenth(percent: Decimal) -> Decimal:
    """As people read a share: 46.3 %."""
    return percent.quantize(Decimal("0.1"), ROUND_HALF_UP)
