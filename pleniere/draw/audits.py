"""What was drawn is what is kept, and what the published list gives when it is drawn again."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop

from pleniere.common.audits import check
from pleniere.stock.actions import Night
from pleniere.stock.models import Claim

from . import replay
from .actions.drawing import published
from .models import OWNER, Draw, Entry


@check(gettext_noop("draw: what an announced draw has to give is set aside, and nothing for one that is over"))
def set_aside() -> Iterator[str]:
    has: dict[str, dict[Night, int]] = {}
    claims = Claim.objects.filter(owner__startswith=OWNER).select_related("stock_day")
    for claim in claims:
        row = claim.stock_day
        has.setdefault(claim.owner, {})[Night(row.pool_id, row.service_id, row.day)] = claim.rooms
    going = Draw.objects.filter(state__in=[Draw.State.ANNOUNCED, Draw.State.CLOSED]).prefetch_related("rooms__offer")
    wanted = {draw.owner: {night: n for room in draw.rooms.all() for night, n in room.nights.items()} for draw in going}
    for owner in sorted({*has, *wanted}):
        if has.get(owner, {}) != wanted.get(owner, {}):
            yield f"{owner}: {sum(has.get(owner, {}).values())} room nights set aside, {sum(wanted.get(owner, {}).values())} announced"


@check(gettext_noop("draw: drawn again, each gives the published result, and each entry what it was told"))
def replayed() -> Iterator[str]:
    for draw in Draw.objects.filter(state=Draw.State.DRAWN).select_related("congress").order_by("pk"):
        name = f"draw {draw.congress.code}/{draw.number}"
        yield from (f"{name}: {line}" for line in replay.check(published(draw)))
        told = dict(draw.entries.exclude(place=None).values_list("number", "got"))
        for each in draw.result["result"]:
            if each["entry"] in told and told[each["entry"]] != each["choice"]:
                yield f"{name}: entry {each['entry']} drew choice {each['choice']}, was told {told[each['entry']]}"


@check(gettext_noop("draw: whoever was drawn was made an offer of these very nights"))
def offered() -> Iterator[str]:
    won = Entry.objects.filter(got__gt=0, draw__state=Draw.State.DRAWN).select_related("draw", "group", "wish")
    for entry in won.prefetch_related("choices", "group__choices", "wish__proposals").order_by("pk"):
        choice = next((each for each in (entry.group or entry).choices.all() if each.rank == entry.got), None)
        wish = entry.wish
        if wish is None or choice is None:
            yield f"draw {entry.draw_id}, entry {entry.number}: drawn, and no offer was made"
        elif (wish.offer_id, wish.start, wish.end) != (choice.offer_id, choice.start, choice.end) or not wish.proposals.all():
            yield f"draw {entry.draw_id}, entry {entry.number}: the offer is another than what was drawn"
