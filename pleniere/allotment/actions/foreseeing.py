"""Past editions, kept with the congress that is prepared: from a file, or from a congress of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.congress.models import Congress
from pleniere.stock.models import StockDay

from ..forecast import Past
from ..models import Edition, EditionNight


@transaction.atomic
def keep_editions(
    congress: Congress, pasts: Iterable[Past], *, source: Congress | None = None, by: Actor, at: datetime
) -> list[Edition]:
    """Keep these editions; one of the same name is written anew. A repeat changes nothing."""
    require(by, "allotment.ask", congress)
    kept = []
    for past in pasts:
        Edition.objects.filter(congress=congress, name=past.name[:80]).delete()
        edition = Edition.objects.create(
            congress=congress,
            name=past.name[:80],
            starts=past.starts,
            heads=past.heads,
            no_show=past.no_show,
            source=source,
            made_at=at,
            made_by=str(by)[:160],
        )
        EditionNight.objects.bulk_create(
            EditionNight(edition=edition, offset=offset, rooms=rooms, arrivals=past.arrivals.get(offset))
            for offset, rooms in past.rooms.items()
        )
        kept.append(edition)
    trace(by, "allotment.editions", congress, at=at, after={"editions": [[each.name, each.heads] for each in kept]})
    return kept


@transaction.atomic
def drop_edition(edition: Edition, *, by: Actor) -> None:
    require(by, "allotment.ask", edition.congress)
    edition.delete()


def past_of(source: Congress, *, heads: int, arrivals: Mapping[date, int], no_show: Decimal = Decimal(0)) -> Past:
    """A congress of ours as an edition: its rooms booked by night, from stock; who came and arrived is told by the caller."""
    rows = StockDay.objects.filter(pool__congress=source, service__kind="ROOM", booked__gt=0)
    rooms = rows.values_list("day").annotate(rooms=Sum("booked")).order_by("day")
    return Past(
        name=str(source)[:80],
        starts=source.starts,
        heads=heads,
        no_show=no_show,
        rooms={(day - source.starts).days: count for day, count in rooms},
        arrivals={(day - source.starts).days: count for day, count in arrivals.items()},
    )


def pasts_of(congress: Congress) -> list[Past]:
    """The editions kept with a congress. Two queries."""
    return [
        Past(
            each.name,
            each.starts,
            each.heads,
            each.no_show,
            {night.offset: night.rooms for night in each.nights.all()},
            {night.offset: night.arrivals for night in each.nights.all() if night.arrivals is not None},
        )
        for each in congress.editions.prefetch_related("nights")
    ]
