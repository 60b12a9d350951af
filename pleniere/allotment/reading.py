"""What a hotel typed, understood or questioned in words; never swallowed. A draft is the words themselves, by field name.

Fields: `none:TYPE`, `same:TYPE` (ticks), `n:TYPE` and `p:TYPE` (every night), `n:TYPE:2027-04-06` and `p:TYPE:2027-04-06`
(that night: without "same", a price left empty is the type's), `remarks`, `held_until`, `name`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.utils.dateparse import parse_date
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from pleniere.catalogue.models import Service
from pleniere.common.words import fold

from .models import Need, Request

MOST_ROOMS = 2000
MOST_PRICE = Decimal(10_000)
LONGEST = {"remarks": 4000, "name": 120, "held_until": 10}
FIELD = re.compile(r"(?:(?:n|p|same|none):[A-Z]{1,12}(?::\d{4}-\d{2}-\d{2})?|remarks|held_until|name)\Z")
NO_ROOM = {"0", "complet", "complete", "aucun", "aucune", "non", "neant", "rien", "none", "no", "full", "sold out", "–", "—"}
ROOMS = re.compile(r"(\d{1,9})(?:[.,]0+)?\s*(?:ch|ch\.|chb|chambres?|rooms?)?\Z")
PRICE = re.compile(r"\d{1,9}(?:\.\d{1,2})?\Z")
UNIT = re.compile(r"(?:€|eur|euros?|ttc|/|nuit|par|incl\.?|vat|night|per|net)", re.IGNORECASE)
THOUSANDS = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?\Z")
LEAST_USUAL, MOST_USUAL = Decimal(10), Decimal(2000)  # a room's price outside of these is asked back
SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")

T = TypeVar("T")


class NotANumber(ValueError):
    """We do not understand it; the message says what, in words."""


class Offered(NamedTuple):
    rooms: int
    price: Decimal | None


@dataclass
class Answer:
    """What was understood; `problems` by field; `questions` are answered by a tick ("yes, as I wrote")."""

    cells: dict[tuple[str, date], Offered] = field(default_factory=dict)
    remarks: str = ""
    name: str = ""
    held_until: date | None = None
    problems: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)


def clean(words: Mapping[str, object]) -> dict[str, str]:
    """Only the fields of an answer, each no longer than it may be, without NUL."""
    found = {name: str(value).replace("\0", "") for name, value in words.items() if FIELD.match(name)}
    return {name: value[: LONGEST.get(name, 40)] for name, value in found.items()}


def fields(request: Request, needs: Iterable[Need]) -> set[str]:
    """The names an answer to this request may hold: its types and nights, and no other."""
    types = {need.room_type for need in needs}
    by_night = {f"{what}:{code}:{night}" for what in "np" for code in types for night in request.stay}
    return by_night | {f"{what}:{code}" for what in ("n", "p", "same", "none") for code in types} | set(LONGEST)


def rooms(words: str) -> int | None:
    """A number of rooms; None when nothing was typed; « complet » is 0. Raises NotANumber."""
    text = SPACES.sub(" ", words).strip().casefold()
    if not text:
        return None
    if fold(text) in NO_ROOM or text in NO_ROOM:
        return 0
    found = ROOMS.match(text)
    if not found:
        raise NotANumber(
            _("We do not understand “%(words)s” as a number of rooms: write figures, 0 if none.") % {"words": words[:30]}
        )
    if int(found[1]) > MOST_ROOMS:
        raise NotANumber(_("%(words)s rooms: that many do not exist here.") % {"words": words[:30]})
    return int(found[1])


def price(words: str) -> Decimal | None:
    """A price; None when nothing was typed. "12,50 €", "12.50", "1 050" are understood. Raises NotANumber."""
    text = SPACES.sub(" ", UNIT.sub(" ", words)).strip()
    if THOUSANDS.match(text):
        text = text.replace(" ", "")
    if not text:
        if words.strip():
            raise NotANumber(_("We do not understand “%(words)s” as a price.") % {"words": words[:30]})
        return None
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    if not PRICE.match(text):
        raise NotANumber(_("We do not understand “%(words)s” as a price: write it as 105,75.") % {"words": words[:30]})
    if Decimal(text) > MOST_PRICE:
        raise NotANumber(_("%(words)s for a room and a night: please check that price.") % {"words": words[:30]})
    return Decimal(text).quantize(Decimal("0.01"))


def read(request: Request, needs: Iterable[Need], words: Mapping[str, str], *, today: date, house: int | None = None) -> Answer:
    """Understand a whole answer. `house`: how many rooms the supplier has, as far as we know."""
    answer = Answer(remarks=words.get("remarks", "").strip(), name=words.get("name", "").strip())
    asks_price: dict[str, bool] = {}
    for need in needs:
        asks_price[need.room_type] = asks_price.get(need.room_type, False) or need.kind == Need.Kind.QUOTE
    for room_type, with_price in asks_price.items():
        _read_type(answer, words, room_type, list(request.stay), with_price)
    _ask(answer, house)
    _ask_blanks(answer, list(asks_price), list(request.stay))
    _read_held(answer, words.get("held_until", "").strip(), today, request.arrival)
    if not answer.cells and not answer.problems:
        answer.problems["grid"] = _("Nothing is filled in yet. Write 0, or tick “none to offer”, where you have no room.")
    return answer


def as_the_night_before(words: Mapping[str, object], room_type: str, night: str) -> dict[str, object]:
    """These words with that night of a type filled as the night before it; as they were where there is no such night."""
    try:
        before = date.fromisoformat(night) - timedelta(days=1)
    except (ValueError, OverflowError):
        return dict(words)
    copied = {f"{what}:{room_type}:{night}": words.get(f"{what}:{room_type}:{before}", "") for what in "np"}
    return {**words, **{name: value for name, value in copied.items() if FIELD.match(name)}}


def type_name(room_type: str) -> str:
    return str(Service.Room(room_type).label) if room_type in Service.Room.values else room_type


def _read_type(answer: Answer, words: Mapping[str, str], room_type: str, nights: list[date], with_price: bool) -> None:
    if words.get(f"none:{room_type}"):
        answer.cells.update({(room_type, night): Offered(0, None) for night in nights})
        return
    same = bool(words.get(f"same:{room_type}"))
    usual = None if same else _understood(answer, price, f"p:{room_type}", words)
    for night in nights:
        tail = room_type if same else f"{room_type}:{night}"
        count = _understood(answer, rooms, f"n:{tail}", words)
        asked = _understood(answer, price, f"p:{tail}", words)
        if asked is None and count is not None and f"p:{tail}" not in answer.problems:
            asked = usual
        if count is None and asked is not None and f"n:{tail}" not in answer.problems:
            answer.problems[f"n:{tail}"] = _("How many rooms at this price? 0 if none.")
        if count and with_price and asked is None and f"p:{tail}" not in answer.problems:
            answer.problems[f"p:{tail}"] = _("At what price?")
        if count is not None:
            answer.cells[room_type, night] = Offered(count, asked if count else None)


def _understood(answer: Answer, reader: Callable[[str], T | None], name: str, words: Mapping[str, str]) -> T | None:
    try:
        return reader(words.get(name, ""))
    except NotANumber as error:
        answer.problems[name] = str(error)
        return None


def _ask(answer: Answer, house: int | None) -> None:
    """What was understood but looks like a slip: asked back, never refused."""
    by_night: dict[date, int] = {}
    odd: dict[tuple[str, Decimal], date] = {}
    for (room_type, night), offered in answer.cells.items():
        by_night[night] = by_night.get(night, 0) + offered.rooms
        price = offered.price
        if offered.rooms and price and not LEAST_USUAL <= price <= MOST_USUAL:
            odd.setdefault((room_type, price), night)
        if offered.rooms and offered.price == 0:
            words = _("%(type)s, %(night)s: %(rooms)s rooms at %(price)s €. Are they free of charge?")
            facts = {"type": type_name(room_type), "night": date_format(night, "j F"), "rooms": offered.rooms}
            answer.questions.append(words % {**facts, "price": number_format(offered.price, 2)})
    for (room_type, price), night in odd.items():
        words = _("%(type)s, %(night)s: %(price)s € for a room and a night. Is that right?")
        facts = {"type": type_name(room_type), "night": date_format(night, "j F"), "price": number_format(price, 2)}
        answer.questions.append(words % facts)
    if not by_night or not house:
        return
    night = max(by_night, key=lambda day: by_night[day])
    if by_night[night] > house:
        words = _("%(rooms)s rooms on %(night)s: our file says your house has %(house)s. Is that right?")
        answer.questions.append(words % {"rooms": by_night[night], "night": date_format(night, "j F"), "house": house})


def _ask_blanks(answer: Answer, types: list[str], nights: list[date]) -> None:
    """What was left empty while something else was filled is no answer, and is said so: one question for all of it."""
    blank = []
    for room_type in types if answer.cells and not answer.problems else []:
        missing = [night for night in nights if (room_type, night) not in answer.cells]
        if len(missing) == len(nights):
            blank.append(type_name(room_type))
        elif missing:
            shown = ", ".join(date_format(night, "j F") for night in missing)
            blank.append(_("%(type)s on %(nights)s") % {"type": type_name(room_type), "nights": shown})
    if blank:
        answer.questions.append(_("Nothing is written for: %(what)s. Nothing to offer there?") % {"what": "; ".join(blank)})


def _read_held(answer: Answer, text: str, today: date, arrival: date) -> None:
    if not text:
        return
    try:
        held = parse_date(text)
    except ValueError:
        held = None
    if held is None:
        answer.problems["held_until"] = _("We do not understand “%(words)s” as a date.") % {"words": text[:30]}
    elif held < today:
        answer.problems["held_until"] = _("This date is past.")
    elif held > arrival:
        answer.problems["held_until"] = _("This date comes after the first night.")
    else:
        answer.held_until = held
