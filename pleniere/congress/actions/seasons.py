"""Seasons and types of rate: what the nights of the planning are called."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.common.words import LocalText

from ..models import Congress, RateType, Season
from .frame import Refused, editing, put, tell


@transaction.atomic
def make_rate_type(congress: Congress, code: str, *, name: LocalText | dict[str, str], by: Actor, at: datetime) -> RateType:
    """A name for nights, four signs at most: the planning writes it under each. Refused: a code taken."""
    with editing(congress, by=by, at=at) as fresh:
        _refuse_taken(fresh.rate_types.filter(code__iexact=code))
        row = RateType(congress=fresh, code=code)
        _before, after = put(row, {"name": LocalText(name)})
        tell(fresh, "rate_type.made", row, by=by, at=at, after=after)
    return row


@transaction.atomic
def edit_rate_type(row: RateType, *, by: Actor, at: datetime, **facts: Any) -> RateType:
    """Name it, or change its sign. Refused: a code taken."""
    with editing(row.congress, by=by, at=at) as congress:
        row = RateType.objects.get(pk=row.pk)
        _refuse_taken(congress.rate_types.filter(code__iexact=facts.get("code", row.code)).exclude(pk=row.pk))
        before, after = put(row, facts)
        tell(congress, "rate_type.edited", row, by=by, at=at, before=before, after=after)
    return row


@transaction.atomic
def drop_rate_type(row: RateType, *, by: Actor, at: datetime) -> None:
    """Refused while a season has it."""
    with editing(row.congress, by=by, at=at) as congress:
        if row.seasons.exists():
            raise Refused(_("Seasons have this type of rate: change them first."))
        tell(congress, "rate_type.dropped", row, by=by, at=at, before={"code": row.code})
        row.delete()


@transaction.atomic
def make_season(
    congress: Congress, code: str, *, name: LocalText | dict[str, str], by: Actor, at: datetime, **facts: Any
) -> Season:
    """Days under one name. Refused: dates that are none, days that another season of the same suppliers already has."""
    with editing(congress, by=by, at=at) as fresh:
        row = Season(congress=fresh, code=code)
        _check(fresh, row, facts)
        _before, after = put(row, {**facts, "name": LocalText(name)})
        tell(fresh, "season.made", row, by=by, at=at, after=after)
    return row


@transaction.atomic
def edit_season(row: Season, *, by: Actor, at: datetime, **facts: Any) -> Season:
    """Move or name it. Refused as when it is made."""
    with editing(row.congress, by=by, at=at) as congress:
        row = Season.objects.get(pk=row.pk)
        facts.pop("code", None)
        _check(congress, row, facts)
        before, after = put(row, facts)
        tell(congress, "season.edited", row, by=by, at=at, before=before, after=after)
    return row


@transaction.atomic
def drop_season(row: Season, *, by: Actor, at: datetime) -> None:
    """Its days have no name any more; stock and prices are not touched."""
    with editing(row.congress, by=by, at=at) as congress:
        tell(congress, "season.dropped", row, by=by, at=at, before={"code": row.code})
        row.delete()


def _check(congress: Congress, row: Season, facts: dict[str, Any]) -> None:
    def of(name: str) -> Any:
        return facts.get(name, getattr(row, name))

    if not of("starts") < of("until"):
        raise Refused(_("The last day comes before the first."))
    if of("rate_type") is not None and of("rate_type").congress_id != congress.pk:
        raise Refused(_("This type of rate belongs to another congress."))
    others = congress.seasons.filter(supplier=of("supplier"), starts__lt=of("until"), until__gt=of("starts")).exclude(pk=row.pk)
    if other := others.first():
        raise Refused(_("“%(name)s” already has some of these days.") % {"name": other})


def _refuse_taken(rows: models.QuerySet[RateType]) -> None:
    if rows.exists():
        raise Refused(_("Another type of rate has this code."))
