"""What a congress’s file may say, key by key; anything else is refused with its place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from pleniere.common.words import LocalText, LocalTextField

from ..terms import ClauseFacts

CONGRESS: tuple[str, ...] = (
    "title",
    "kind",
    "starts",
    "ends",
    "currency",
    "time_zone",
    "price_date",
    "venue",
    "venue_address",
    "venue_latitude",
    "venue_longitude",
    "welcome",
    "practical",
    "opens_at",
    "closes_at",
    "freeze_date",
    "help_name",
    "help_email",
    "help_phone",
    "hue",
    "option_cap_person",
    "option_cap_email",
    "option_cap_night",
)
AUDIENCE = ("name", "kind", "proof", "secret", "listed", "domains", "shows")
WINDOW = ("name", "opens", "closes")
RATE_TYPE = ("name",)
SEASON = ("name", "starts", "until")
METHOD = ("is_on", "closes", "hold_days", "provider", "text")
STEP = ("kind", "title", "text", "icon")
OFFER = ("starts", "ends", "starts_at", "ends_at", "place", "title", "text", "is_mandatory", "one_of", "most", "office_only")
SUPPLIER = ("name", "kind")
CONTRACT = ("mode", "commission", "commission_base", "commission_result", "commission_vat", "tax_authorised_on")
SERVICE = ("kind", "room_type", "name", "persons_most")
RATE = ("name", "occupancy", "board", "vat", "unit")
PRICE = ("night_from", "night_until", "min_quantity", "basis", "vat")
DISCOUNT = ("name", "kind", "percent", "amount", "nth", "secret", "when", "quota", "once_per_person")
PART = ("name", "vat", "share")
CLAUSE = tuple(ClauseFacts.__dataclass_fields__)
STAY = ("night_from", "night_until", "least", "no_arrival", "no_departure", "is_shoulder")
PARTS = {"terms", "pools", "audiences", "windows", "rate_types", "seasons", "methods", "steps", "discounts", "stays"}
KEYS = {"congress", *PARTS, *CONGRESS}


class BadFile(ValueError):
    """The file cannot be what was meant; the message says where and why. Nothing was written."""


def read_facts(model: Any, row: dict[str, Any], names: Iterable[str], where: str) -> dict[str, Any]:
    """The keys of `row` among `names`, as the model's fields take them."""
    facts = {}
    for name in names:
        if name in row:
            facts[name] = _value(model._meta.get_field(name), row[name], f"{where}.{name}")
    return facts


def _value(field: Any, value: Any, where: str) -> Any:
    if isinstance(field, LocalTextField):
        words = {"fr": value} if isinstance(value, str) else value
        if not isinstance(words, dict) or not all(isinstance(each, str) for pair in words.items() for each in pair):
            raise BadFile(_("%(where)s: words, or words by language.") % {"where": where})
        return LocalText(words)
    if isinstance(field, models.DateTimeField) and isinstance(value, str):
        moment = parse_datetime(value)
        if moment is None or moment.tzinfo is None:
            raise BadFile(_("%(where)s: a moment with its time zone is meant.") % {"where": where})
        return moment
    if value is None or isinstance(value, date | time):
        return value
    if isinstance(field, models.JSONField):
        return _plain(value, where)
    try:
        return field.to_python(str(value) if isinstance(field, models.DecimalField) else value)
    except ValidationError as error:
        raise BadFile(f"{where}: {' '.join(error.messages)}") from error


def _plain(value: Any, where: str) -> Any:
    """A condition as JSON holds it: days are words."""
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(each, where) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, where) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str | int | float | bool):
        raise BadFile(_("%(where)s: this is not what stands here in a congress’s file.") % {"where": where})
    return value


def rows_of(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = data.get(key) or []
    expect(rows, list, key)
    for row in rows:
        expect(row, dict, key)
    return rows


def coded(row: dict[str, Any], key: str, names: tuple[str, ...]) -> dict[str, Any]:
    """`service: CODE`, or `service: {code: CODE, …}`."""
    found = row.get(key)
    said: Any = {"code": found} if isinstance(found, str) else found
    expect(said, dict, key)
    refuse_unknown(said, {"code", *names}, key)
    key_of(said, "code", key)
    return dict(said)


def key_of(row: dict[str, Any], name: str, where: str) -> str:
    if not isinstance(row.get(name), str) or not row[name]:
        raise BadFile(_("%(where)s: “%(key)s” is missing.") % {"where": where, "key": name})
    return str(row[name])


def expect(value: Any, kind: type, where: str) -> None:
    if not isinstance(value, kind):
        raise BadFile(_("%(where)s: this is not what stands here in a congress’s file.") % {"where": where})


def refuse_unknown(row: dict[str, Any], known: set[str], where: str) -> None:
    extra = sorted(str(key)[:40] for key in set(row) - known)
    if extra:
        raise BadFile(_("%(where)s: unknown keys: %(keys)s.") % {"where": where, "keys": ", ".join(extra[:5])})
