"""The tourist tax a hotel has authorised us to collect: charges of their own, by person and night. Reads nothing, writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from pleniere.catalogue.models import Basis, Contract
from pleniere.catalogue.tariffs import Tariff, tariff_of
from pleniere.common.money import ZERO, cents
from pleniere.common.nights import DAY
from pleniere.congress.pricing import Sale
from pleniere.congress.programme import Programme

from .models import Line, Person

LABEL = {"fr": "Taxe de séjour", "en": "Tourist tax"}


def taxes_of(programme: Programme, line: Line, persons: Sequence[Person]) -> list[Sale]:
    """Heads not exempt × nights × tariff of town and class of each night, a run of equal nights as one; none where it is paid on site.

    Bought for what it is sold, without commission nor VAT, in the hotel's name whatever the line's mode (DOMAIN: Charge).
    """
    nights = [(night, *_asked(programme, line, persons, night)) for night in line.stay]
    sales = []
    for (heads, unit), run in groupby(nights, key=lambda each: each[1:]):
        found = [night for night, _heads, _unit in run]
        if heads and unit:
            sales.append(_sale(found[0], found[-1] + DAY, heads * len(found), unit))
    return sales


def taxed_heads(line: Line, persons: Sequence[Person], tariff: Tariff, night: date) -> int:
    """How many pay: those named who are of age, else as many as the rooms are taken for."""
    if not persons:
        return line.heads * line.quantity
    return sum(not is_exempt(person, tariff, night) for person in persons)


def is_exempt(person: Person, tariff: Tariff, night: date) -> bool:
    """By birth date where we have it, else by what the buyer said."""
    born = person.birth_date
    if born is None:
        return person.is_minor
    return night.year - born.year - ((night.month, night.day) < (born.month, born.day)) < tariff.exempt_under


def _asked(programme: Programme, line: Line, persons: Sequence[Person], night: date) -> tuple[int, Decimal]:
    offer = programme.offers.get(line.offer_id) or line.offer
    if offer.service.kind != "ROOM" or not offer.contract.collects_tax(night):
        return 0, ZERO
    tariff = tariff_of(programme.taxes, offer.service.supplier, night)
    return (taxed_heads(line, persons, tariff, night), tariff.amount) if tariff else (0, ZERO)


def _sale(start: date, end: date, units: int, unit: Decimal) -> Sale:
    sum_ = cents(units * unit)
    return Sale(
        start=start,
        end=end,
        units=units,
        unit=unit,
        basis=Basis.GROSS,
        vat=ZERO,
        total=sum_,
        mode=Contract.Mode.AGENT,
        bought=sum_,
        commission=ZERO,
        commission_vat=ZERO,
        is_tax=True,
    )
