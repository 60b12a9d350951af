"""Which discounts are taken off which lines of a booking; how often one that is counted may still be used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from pleniere.common.conditions import holds
from pleniere.congress.models import Discount
from pleniere.congress.pricing import NotSold, Sale, taken_off
from pleniere.congress.programme import Programme
from pleniere.stock.actions import lock_nights

from .models import Booking, Charge, Line, Person
from .selling import audience_of, heads_by_rate, line_nights, sales_of

Off = list[tuple[Discount, int]]  # with how many units of the line it makes free


def discounts_by_line(
    plan: Programme,
    booking: Booking,
    lines: Sequence[Line],
    people: Mapping[int, Sequence[Person]],
    *,
    on: Callable[[Line], date],
    at: datetime,
    only_look: bool = False,
) -> Mapping[int, Off]:
    """By line, what is taken off it, in turn. `lines` are all the living ones of the booking, or its cart's; `on` the day each is priced.

    Unless one `only_look`s, those that are counted are locked, after the nights the lines take (the order every action keeps), until the transaction ends.
    """
    found: dict[int, Off] = defaultdict(list)
    mine = [each for each in plan.discounts if not each.secret or each.pk in booking.vouchers]
    if not mine:
        return found
    left = _left(mine, booking, lines, at=at, only_look=only_look)
    told = _facts(plan, lines, people)
    for discount in mine:
        _give(plan, discount, lines, people, told, found, on=on, left=left)
    return found


def discounts_again(
    plan: Programme,
    booking: Booking,
    lapsed: Sequence[Line],
    living: Sequence[Line],
    people: Mapping[int, Sequence[Person]],
    *,
    on: date,
    at: datetime,
    only_look: bool = False,
) -> Mapping[int, Off]:
    """The same for lapsed lines that come back on `on`, beside the `living`, who had theirs first."""
    back = {line.pk for line in lapsed}

    def day_of(line: Line) -> date:
        return on if line.pk in back else line.priced_on or on

    return discounts_by_line(plan, booking, [*living, *lapsed], people, on=day_of, at=at, only_look=only_look)


def lock_counted(plan: Programme, lines: Iterable[Line]) -> None:
    """Lock the nights of these lines at once, before a claim of some that a counted discount follows: nights come before discounts."""
    if any(each.quota is not None for each in plan.discounts):
        lock_nights(night for line in lines for night in line_nights(line))


def priced(plan: Programme, line: Line, persons: Sequence[Person], off: Off, *, on: date, heads: int) -> list[Sale]:
    """What the line costs, and what is taken off it. Raises NotSold."""
    sales = sales_of(plan, line, persons, on=on, heads=heads)
    return [*sales, *taken_off(sales, off, of=units_of(line))] if off else sales


def units_of(line: Line) -> int:
    """How many a line takes, whatever its nights."""
    return line.quantity * (line.heads if line.rate.by_person else 1)


def _give(
    plan: Programme,
    discount: Discount,
    lines: Sequence[Line],
    people: Mapping[int, Sequence[Person]],
    told: Mapping[int, dict[str, Any]],
    found: dict[int, Off],
    *,
    on: Callable[[Line], date],
    left: dict[int, int],
) -> None:
    limited, before, had, heads = plan.discounted.get(discount.pk), 0, set(), heads_by_rate(lines)
    for line in lines:
        day = on(line)
        if line.is_penalty or (limited and line.offer_id not in limited):
            continue
        if discount.window_id and not plan.windows[discount.window_id].holds(day):
            continue
        if not holds(discount.when, told[line.pk] | {"ordered": day.isoformat()}):
            continue
        free = 0
        if discount.kind == Discount.Kind.NTH and discount.nth:
            free = (before + units_of(line)) // discount.nth - before // discount.nth
            before += units_of(line)
        whose = next((person.pk for person in people.get(line.pk, ())), None)
        is_again = discount.once_per_person and whose in had
        if is_again or (discount.kind == Discount.Kind.NTH and not free) or left.get(discount.pk, 1) <= 0:
            continue
        is_scarce = discount.once_per_person or discount.pk in left
        if is_scarce and not _takes(plan, discount, line, people.get(line.pk, ()), found[line.pk], free, on=day, heads=heads):
            continue
        had.add(whose)
        if discount.pk in left:
            left[discount.pk] -= 1
        found[line.pk].append((discount, free))


def _takes(
    plan: Programme,
    discount: Discount,
    line: Line,
    persons: Sequence[Person],
    off: Off,
    free: int,
    *,
    on: date,
    heads: Counter[int],
) -> bool:
    """Does it take anything off the line, after those before it? What is free or paid at the hotel uses up none."""
    try:
        sales = sales_of(plan, line, persons, on=on, heads=heads[line.rate_id])
    except NotSold:  # an older line of the booking, priced no more: what it has, it keeps
        return True
    return any(each.discount == discount for each in taken_off(sales, [*off, (discount, free)], of=units_of(line)))


def _facts(plan: Programme, lines: Sequence[Line], people: Mapping[int, Sequence[Person]]) -> dict[int, dict[str, Any]]:
    """By line, what a condition may ask (`congress.actions.discounts.FACTS`)."""
    has: dict[int, list[str]] = defaultdict(list)
    everybody: dict[int, Person] = {}
    for line in lines:
        for person in people.get(line.pk, ()):
            everybody[person.pk] = person
            has[person.pk].append(line.offer.service.code)
    delegates = sum(not person.companion_of_id for person in everybody.values())
    found = {}
    for line in lines:
        first, offer = next(iter(people.get(line.pk, ())), None), plan.offers.get(line.offer_id) or line.offer
        audience = audience_of(plan, first)
        found[line.pk] = {
            "audience": audience.code if audience else None,
            "kind": audience.kind if audience else None,
            "offer": offer.service.code,
            "supplier": offer.service.supplier.code,
            "step": offer.step.code,
            "day": line.start.isoformat(),
            "nights": (line.end - line.start).days if line.rate.by_night else 0,
            "persons": len(everybody),
            "delegates": delegates,
            "has": has[first.pk] if first else [],
        }
    return found


def _left(
    discounts: Sequence[Discount], booking: Booking, lines: Sequence[Line], *, at: datetime, only_look: bool
) -> dict[int, int]:
    """How often each that is counted may still be used, other bookings' living uses taken off. Locks them."""
    counted = [each.pk for each in discounts if each.quota is not None]
    if not counted:
        return {}
    rows = Discount.objects.filter(pk__in=counted).order_by("pk")
    if not only_look:
        lock_nights(night for line in lines for night in line_nights(line))
        rows = rows.select_for_update(no_key=True)
    known = list(rows)
    held = Q(line__state=Line.State.HELD, line__until__gt=at) | Q(line__state__in=[Line.State.OPTION, Line.State.FIRM])
    uses = Charge.objects.live().filter(held, discount__in=counted).exclude(line__booking=booking)
    used = dict(uses.values("discount").annotate(n=Count("line", distinct=True)).values_list("discount", "n"))
    return {each.pk: (each.quota or 0) - used.get(each.pk, 0) for each in known}
