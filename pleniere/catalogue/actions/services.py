"""What one can take of a supplier, and its formulas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.words import LocalText

from ..models import Rate, Service, Supplier
from .facts import Facts, changed, check

SLEEPS = {"SINGLE": 1, "TWIN": 2, "DOUBLE": 2, "TRIPLE": 3, "QUAD": 4, "ACCESSIBLE": 2, "SUITE": 2}
BOARD_CODES = {"NONE": "", "BREAKFAST": "PDJ", "HALF": "DP", "FULL": "PC"}  # the trade's own: CHBPDJ1P
SERVICE_FIELDS = ("code", "kind", "room_type", "name", "text", "persons_most")
RATE_FIELDS = ("code", "name", "occupancy", "board", "vat", "unit")


def room_service(supplier: Supplier, room_type: str) -> Service:
    """The supplier's rooms of this type, made at the first need: a room type **is** a service. Asks no right: the act that needs it did."""
    service = supplier.services.filter(kind=Service.Kind.ROOM, room_type=room_type, retired_at=None).order_by("pk").first()
    if service is None:
        facts = {
            "kind": Service.Kind.ROOM,
            "room_type": room_type,
            "name": _room_name(room_type),
            "persons_most": SLEEPS[room_type],
        }
        service, _is_new = supplier.services.get_or_create(code=room_type, defaults=facts)
    return service


def room_rate(service: Service, occupancy: int, board: str = Rate.Board.BREAKFAST) -> Rate:
    """The formula "so many persons, this board" of a room, by night, made at the first need. Asks no right: the act that needs it did."""
    unit = Rate.Unit.NIGHT
    rate = service.rates.filter(occupancy=occupancy, board=board, unit=unit).order_by("pk").first()
    if rate is None:
        facts = {
            "occupancy": occupancy,
            "board": board,
            "unit": unit,
            "vat": "intermediate",
            "name": _rate_name(occupancy, board),
        }
        rate, _is_new = service.rates.get_or_create(code=f"CHB{BOARD_CODES[board]}{occupancy}P", defaults=facts)
    return rate


@transaction.atomic
def make_service(supplier: Supplier, *, by: Actor, at: datetime, **facts: Any) -> Service:
    require(by, "catalogue.edit", supplier)
    service = Service(supplier=supplier, **facts)
    _save(service, by=by, at=at, verb="service.made", fields=SERVICE_FIELDS)
    return service


@transaction.atomic
def edit_service(service: Service, *, by: Actor, at: datetime, **facts: Any) -> Service:
    """Its kind and room type are fixed once it has formulas: prices and stock were agreed for what it was."""
    require(by, "catalogue.edit", service)
    service = Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    was = Facts.of(service, SERVICE_FIELDS)
    fixed = {"kind", "room_type"} & {name for name, value in facts.items() if getattr(service, name) != value}
    if fixed and service.rates.exists():
        raise ValidationError({min(fixed): _("It has formulas: make another service instead.")})
    for name, value in facts.items():
        setattr(service, name, value)
    _save(service, by=by, at=at, verb="service.edited", fields=SERVICE_FIELDS, was=was)
    return service


@transaction.atomic
def retire_service(service: Service, *, retired: bool, by: Actor, at: datetime) -> bool:
    """No longer offered (or again). True for the one who did it; what was sold of it stays."""
    require(by, "catalogue.edit", service)
    rows = Service.objects.filter(pk=service.pk, retired_at__isnull=retired)
    if not rows.update(retired_at=at if retired else None):
        return False
    trace(by, "service.retired" if retired else "service.restored", service.supplier, at=at, after={"code": service.code})
    return True


@transaction.atomic
def make_rate(service: Service, *, by: Actor, at: datetime, **facts: Any) -> Rate:
    require(by, "catalogue.edit", service)
    rate = Rate(service=service, **facts)
    _save(rate, by=by, at=at, verb="rate.made", fields=RATE_FIELDS)
    return rate


@transaction.atomic
def edit_rate(rate: Rate, *, by: Actor, at: datetime, **facts: Any) -> Rate:
    """Words and VAT may change; unit and occupancy may not: prices hang on them."""
    require(by, "catalogue.edit", rate.service)
    rate = Rate.objects.select_for_update(no_key=True).get(pk=rate.pk)
    was = Facts.of(rate, RATE_FIELDS)
    for name in ("unit", "occupancy"):
        if name in facts and facts[name] != getattr(rate, name):
            raise ValidationError({name: _("Prices hang on it: make another formula instead.")})
    for name, value in facts.items():
        setattr(rate, name, value)
    _save(rate, by=by, at=at, verb="rate.edited", fields=RATE_FIELDS, was=was)
    return rate


def _save(
    thing: Service | Rate, *, by: Actor, at: datetime, verb: str, fields: tuple[str, ...], was: dict[str, Any] | None = None
) -> None:
    if isinstance(thing, Service) and thing.kind != Service.Kind.ROOM:
        thing.room_type = ""
    elif isinstance(thing, Service) and not thing.room_type:
        raise ValidationError({"room_type": _("Which type of room?")})
    check(thing)
    thing.save()
    owner = thing.supplier if isinstance(thing, Service) else thing.service.supplier
    before, after = changed(was or {}, Facts.of(thing, fields))
    if after or not was:
        trace(by, verb, owner, at=at, before=before, after={"code": thing.code, **after})


def _room_name(room_type: str) -> LocalText:
    return _in_each_language(
        lambda: {
            "SINGLE": _("Single room"),
            "TWIN": _("Twin room"),
            "DOUBLE": _("Double room"),
            "TRIPLE": _("Triple room"),
            "QUAD": _("Room for four"),
            "ACCESSIBLE": _("Accessible room"),
            "SUITE": _("Suite"),
        }[room_type]
    )


def _rate_name(occupancy: int, board: str) -> LocalText:
    def words() -> str:
        what = {
            "NONE": _("Room only"),
            "BREAKFAST": _("Room and breakfast"),
            "HALF": _("Room, breakfast and dinner"),
            "FULL": _("Room and all meals"),
        }[board]
        persons = ngettext("%(n)d person", "%(n)d persons", occupancy) % {"n": occupancy}
        return _("%(what)s, %(persons)s") % {"what": what, "persons": persons}

    return _in_each_language(words)


def _in_each_language(words: Any) -> LocalText:
    """A text that is data, hence kept in every language of the interface."""
    texts = LocalText()
    for code, _label in settings.LANGUAGES:
        with override(code):
            texts[code] = words()
    return texts
