"""Where one sleeps: the search, the list and its map, a hotel's sheet, night by night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pleniere.booking.actions import AlreadyPlaced, NotForThem, NotThatStay, Take, TooMany, fill_cart
from pleniere.booking.models import Line, Person
from pleniere.booking.queries import Row
from pleniere.booking.selling import audience_of
from pleniere.booking.taxing import taxes_of
from pleniere.common.money import total
from pleniere.common.nights import DAY, Stay
from pleniere.common.words import fold
from pleniere.congress.models import Step
from pleniere.congress.pricing import NotSold
from pleniere.congress.programme import Programme
from pleniere.congress.stays import NEAR, Broken
from pleniere.draw.queries import open_draws
from pleniere.registration import search
from pleniere.registration.patching import Patch, patch
from pleniere.registration.search import Choice, Filters, Hotel, Wish
from pleniere.registration.tax import estimate
from pleniere.registration.visit import Stage
from pleniere.stock.actions import Night, NotEnough
from pleniere.stock.queries import free

from ..art import facade, map_of
from ..door import Cart, of_cart
from ..forms import WishForm
from ..said import not_for, what_is_full
from ..words import AMENITIES, BANDS

PER_PAGE = 12


def lodging(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    if request.method == "POST":  # what is wanted was taken on the sheets: this only goes on
        if stage.problems:
            return _list(request, cart, stage, status=422)
        return redirect(cart.passed(stage))
    return _list(request, cart, stage)


def _list(request: HttpRequest, cart: Cart, stage: Stage, *, status: int = 200) -> HttpResponse:
    form, wish = wish_of(request.GET, cart)
    query = request.GET
    chosen = Filters(
        stars=frozenset(int(value) for value in query.getlist("stars") if value in "012345" and value),
        bands=frozenset(int(value) for value in query.getlist("band") if value.isdecimal() and len(value) == 1),
        towns=frozenset(fold(value[:80]) for value in query.getlist("town")[:50]) - {""},
        amenities=frozenset(query.getlist("with")) & AMENITIES.keys(),
    )
    left = rooms_free(cart, wish) if wish else {}
    found = found_in(cart, stage, wish, left) if wish else []
    sort = query.get("sort") if query.get("sort") in search.SORTS else "random"
    hotels = search.arranged(search.narrow(found, chosen), sort or "random", visitor=cart.token)
    shown = len(hotels) if query.get("all") else PER_PAGE
    venue = cart.booking.congress.venue_latitude, cart.booking.congress.venue_longitude
    facts = {
        "form": form,
        "wish": wish,
        "hotels": hotels[:shown],
        "more": len(hotels) - shown,
        "count": len(hotels),
        "found": len(found),
        "facets": _facets(found, chosen),
        "narrowed": bool(chosen),
        "sort": sort,
        "sorts": [("random", _("At random")), ("name", _("By name")), ("price", _("By price")), ("distance", _("By distance"))],
        "as_map": query.get("view") == "map",
        "map": map_of(hotels, venue) if query.get("view") == "map" else None,
        "art": {hotel.supplier.pk: facade(hotel.supplier.code) for hotel in hotels[:shown]},
        "photos": {pk: found[0].pk for pk, found in cart.visit.plan.photos.items()},
        "query": kept(query),
        "rest": f"&rooms={wish.rooms}&adults={wish.adults}" if wish else "",
        "taken": rooms_of(cart),
        "unlodged": unlodged(cart, wish.stay) if wish else [],
        "draws": open_draws(cart.visit.plan, cart.visit.at),
        "patch": _patched(cart, stage, wish, left) if wish and found and not any(hotel.sellable for hotel in found) else None,
    }
    return cart.show(request, "public/lodging.html", stage, status=status, **facts)


def _patched(cart: Cart, stage: Stage, wish: Wish, left: dict[Night, int]) -> Patch | None:
    """The best stay over several hotels, where none has it whole; None where nobody has any night of it."""
    found = best_patch(cart, stage, wish, left)
    return found if found.legs else None


@require_http_methods(["GET", "HEAD", "POST"])
@of_cart
def hotel(request: HttpRequest, cart: Cart, pk: int) -> HttpResponse:
    """A hotel's sheet: photos, presentation, where it is, and its rooms to take, with who sleeps in each."""
    stage = lodging_stage(cart)
    form, wish = wish_of(request.GET, cart)
    asks = request.method == "POST"  # then what is left, the claim will say
    every = _find(cart, stage, wish, supplier=pk, counted=not asks) if wish else []
    supplier = (
        every[0].supplier
        if every
        else next(
            (
                o.service.supplier
                for o in cart.visit.plan.offers.values()
                if o.service.supplier_id == pk and o.service.kind == "ROOM"
            ),
            None,
        )
    )
    if supplier is None:
        raise Http404
    problem = ""
    if asks and wish:
        problem = _take_room(cart, every, wish, request.POST)
        if not problem:
            messages.success(request, _("%(hotel)s: the room is in your cart, held for you.") % {"hotel": supplier})
            return redirect(f"{cart.step(stage.code)}?{kept(request.GET)}")
        cart.fresh()
        every = _find(cart, stage, wish, supplier=pk)
    found = every[0] if every else None
    facts = {
        "form": form,
        "wish": wish,
        "supplier": supplier,
        "hotel": found,
        "problem": problem,
        "rooms": _rooms(found, cart, wish) if found and wish else [],
        "sleepers": sleepers(cart, wish, request.POST) if wish else [],
        "chosen": request.POST.get("choice", ""),
        "photos": cart.visit.plan.photos.get(supplier.pk, []),
        "art": facade(supplier.code),
        "map": map_of([found], _venue(cart), width=900, height=380) if found else None,
        "distance": search.distance(cart.booking.congress, supplier),
        "query": kept(request.GET),
        "rest": f"&rooms={wish.rooms}&adults={wish.adults}" if wish else "",
    }
    return cart.show(request, "public/hotel.html", stage, status=422 if problem else 200, **facts)


# What is searched


def wish_of(query: QueryDict, cart: Cart) -> tuple[WishForm, Wish | None]:
    """As asked, else as the congress and the people of the cart suggest; None when what is asked makes no sense."""
    congress, visit = cart.booking.congress, cart.visit
    usual = {
        "arrival": congress.starts,
        "nights": max(1, min(14, (congress.ends - congress.starts).days - 1)),
        "rooms": max(1, min(10, len(visit.delegates))),
        "adults": 2 if visit.companions else 1,
    }
    asked = {name: query[name] for name in usual if name in query}
    form = WishForm({**{name: str(value) for name, value in usual.items()}, **asked})
    if not form.is_valid():
        return form, None
    found = form.cleaned_data
    stay = Stay(found["arrival"], found["arrival"] + DAY * found["nights"])
    return form, Wish(stay, found["rooms"], found["adults"])


def _find(cart: Cart, stage: Stage, wish: Wish, *, supplier: int | None = None, counted: bool = True) -> list[Hotel]:
    """Hotels for the wish; all of them full where nothing is `counted`."""
    return found_in(cart, stage, wish, rooms_free(cart, wish) if counted else {}, supplier=supplier)


def rooms_free(cart: Cart, wish: Wish) -> dict[Night, int]:
    """What is free on its nights; where hotels have rules of stay also around them, to propose the nearest dates."""
    around = DAY * (NEAR if cart.visit.plan.stays else 0)
    return free(cart.booking.congress, start=wish.stay.arrival - around, end=wish.stay.departure + around)


def found_in(cart: Cart, stage: Stage, wish: Wish, left: dict[Night, int], *, supplier: int | None = None) -> list[Hotel]:
    plan, congress = cart.visit.plan, cart.booking.congress
    assert stage.step is not None
    offers = [o for o in plan.offers_of(stage.step) if supplier is None or o.service.supplier_id == supplier]
    audience = audience_of(plan, cart.visit.delegates[0] if cart.visit.delegates else None)
    return search.find(plan, offers, wish, left, audience=audience, on=congress.local_date(cart.visit.at))


def options_of(cart: Cart, stage: Stage, wish: Wish, day: date, left: dict[Night, int]) -> list[tuple[Hotel, Choice]]:
    """What is priced on one night of the stay, by price, what is full of it too."""
    one = Wish(Stay(day, day + DAY), wish.rooms, wish.adults, is_part=True)
    hotels = search.arranged(found_in(cart, stage, one, left), "price", visitor=cart.token)
    return [(hotel, choice) for hotel in hotels for choice in sorted(hotel.choices, key=lambda choice: choice.total)]


def best_patch(cart: Cart, stage: Stage, wish: Wish, left: dict[Night, int]) -> Patch:
    """Of a stay that no hotel has whole."""
    return patch({day: options_of(cart, stage, wish, day, left) for day in wish.stay}, cart.visit.plan.stays)


def _facets(found: Sequence[Hotel], chosen: Filters) -> list[tuple[str, str, list[tuple[str, Any, int, bool]]]]:
    """By facet: its name in the address, its title, and each value with what it would leave."""
    counts = search.facets(found, chosen)
    stars = [(str(n), n, count, n in chosen.stars) for n, count in sorted(counts.stars.items(), reverse=True)]
    bands = [(str(n), BANDS[n], count, n in chosen.bands) for n, count in sorted(counts.bands.items())]
    amenities = [
        (code, AMENITIES[code][1], counts.amenities[code], code in chosen.amenities)
        for code in AMENITIES
        if counts.amenities[code]
    ]
    names = {fold(hotel.supplier.town): hotel.supplier.town for hotel in found if hotel.supplier.town}
    towns = [(town, names[town], counts.towns[town], town in chosen.towns) for town in sorted(names)] if len(names) > 1 else []
    return [
        ("stars", _("Classification"), stars),
        ("band", _("Price per night"), bands),
        ("town", _("Town"), towns),
        ("with", _("Equipment"), amenities),
    ]


def kept(query: QueryDict) -> str:
    """The search as an address carries it."""
    found = query.copy()
    for name in list(found):
        if name not in ("arrival", "nights", "rooms", "adults", "stars", "band", "town", "with", "sort", "view"):
            del found[name]
    return found.urlencode()


# Who sleeps where


def rooms_of(cart: Cart) -> list[Row]:
    return [row for row in cart.visit.rows if row.line.offer.service.kind == "ROOM"]


def unlodged(cart: Cart, stay: Stay) -> list[Person]:
    """Who has no bed on some night of the stay."""
    sleeping: dict[int, set[date]] = {}
    for row in rooms_of(cart):
        for person in row.persons:
            sleeping.setdefault(person.pk, set()).update(row.line.stay)
    return [person for person in cart.visit.persons if set(stay) - sleeping.get(person.pk, set())]


def sleepers(cart: Cart, wish: Wish, posted: QueryDict) -> list[tuple[Person, bool]]:
    """Everybody, those ticked who have no bed yet, as many as the room is for: who came together before two colleagues."""
    asked = posted.getlist("who")
    without = unlodged(cart, wish.stay)
    known = {p.pk for p in without}
    heads = [p for p in without if p.companion_of_id not in known]
    groups = [[p, *(c for c in without if c.companion_of_id == p.pk)] for p in heads]
    near = next((group for group in groups if len(group) == wish.adults), groups[0] if groups else [])
    suggested = {p.pk for p in [*near, *[p for p in without if p not in near]][: wish.adults]}
    return [(p, str(p.pk) in asked if posted else p.pk in suggested) for p in cart.visit.persons]


def who_is_ticked(cart: Cart, posted: QueryDict) -> list[Person]:
    asked = set(posted.getlist("who"))
    return [person for person in cart.visit.persons if str(person.pk) in asked]


@dataclass
class Room:
    """A room type of the hotel with its formulas for the stay."""

    name: str
    text: str
    left: int
    choices: list[tuple[str, Choice]] = field(default_factory=list)
    full_on: list[date] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    instead: list[Stay] = field(default_factory=list)
    tax: Any = None  # about how much is paid to the town, at the hotel
    charged: Any = None  # how much we charge for it, all of them of age


def _rooms(hotel: Hotel, cart: Cart, wish: Wish) -> list[Room]:
    rooms: dict[int, Room] = {}
    for choice in sorted(hotel.choices, key=lambda choice: choice.total):
        words = str(choice.offer.text) or str(choice.offer.service.text)
        room = rooms.setdefault(choice.offer.pk, Room(str(choice.offer), words, choice.left))
        room.full_on, room.broken, room.instead = choice.full_on, choice.broken, choice.instead
        room.choices.append((code_of(choice), choice))
        room.tax, room.charged = _taxes(cart.visit.plan, choice, wish)
    return list(rooms.values())


def _taxes(plan: Programme, choice: Choice, wish: Wish) -> tuple[Decimal, Decimal]:
    """The tourist tax of the stay: about how much at the hotel, and how much with the room."""
    stay = Line(offer=choice.offer, rate=choice.rate, start=wish.stay.arrival, end=wish.stay.departure, heads=wish.adults)
    return estimate([Row(stay)], plan.taxes), total(sale.total for sale in taxes_of(plan, stay, ()))


def code_of(choice: Choice) -> str:
    return f"{choice.offer.pk}-{choice.rate.pk}"


def _take_room(cart: Cart, found: Sequence[Hotel], wish: Wish, posted: QueryDict) -> str:
    """One room for who is ticked; the words of what refused it, or none."""
    choice = next((c for hotel in found for c in hotel.choices if code_of(c) == posted.get("choice")), None)
    who = who_is_ticked(cart, posted)
    if choice is None:
        return _("Choose a room and its formula.")
    problem = wrong_number(choice, who)
    takes = [Take(choice.offer, choice.rate, wish.stay.arrival, wish.stay.departure, who)]
    return problem or fill(cart, takes)


def wrong_number(choice: Choice, who: Sequence[Person]) -> str:
    most = choice.rate.occupancy
    if len(who) == most:
        return ""
    return ngettext(
        "This formula is for one person: tick who sleeps here, and nobody else.",
        "This formula is for %(n)d persons: tick who sleeps here, as many as that.",
        most,
    ) % {"n": most}


REFUSALS = (NotEnough, NotForThem, NotThatStay, NotSold, TooMany, AlreadyPlaced)


def fill(cart: Cart, takes: Sequence[Take]) -> str:
    """Put these in the cart; the words of what refused it, or none."""
    try:
        fill_cart(cart.booking, takes, by=cart.link, at=timezone.now(), read=cart.visit.content)
    except REFUSALS as error:
        return why_not(cart, error)
    return ""


def why_not(cart: Cart, error: Exception) -> str:
    """Why a room was not taken, in words."""
    if isinstance(error, NotEnough):
        return what_is_full(cart.visit, error)
    if isinstance(error, NotForThem):
        return not_for(error)
    if isinstance(error, NotThatStay):
        return _("Not sold for these dates. %(why)s.") % {"why": error}
    if isinstance(error, TooMany):
        return _("At most %(n)d per booking: %(what)s.") % {"n": error.offer.most, "what": error.offer}
    if isinstance(error, NotSold):
        return _("This room has no price for these dates.")
    return _("This registration is ordered already.")


def lodging_stage(cart: Cart) -> Stage:
    stage = next((stage for stage in cart.visit.stages if stage.kind == Step.Kind.LODGING and not stage.shut_by), None)
    if stage is None or cart.booking.placed_at is not None:
        raise Http404
    return stage


def _venue(cart: Cart) -> tuple[float | None, float | None]:
    return cart.booking.congress.venue_latitude, cart.booking.congress.venue_longitude
