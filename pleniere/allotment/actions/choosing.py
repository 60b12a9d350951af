"""Scenarios: made, filled by hand, copied, brought up to the last answers, thrown away. None of it retains anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Service

from .. import dates
from ..models import Cell, Invitation, Reply, Request, Scenario, ScenarioCell
from ..queries import retained_by_cell

Wanted = Mapping[tuple[int, str, date], int]  # (invitation, room type, night): rooms
MOST = 60  # scenarios of one request


class CannotChoose(ValueError):
    """Said in words: a name taken, more than is offered, a computation under way …"""


@transaction.atomic
def make_scenario(
    request: Request,
    *,
    name: str,
    rooms: Wanted | None = None,
    copy_of: Scenario | None = None,
    by: Actor,
    at: datetime,
) -> Scenario:
    """A scenario under a name of its own: empty, holding `rooms`, or as another holds them (`copy_of`)."""
    require(by, "allotment.retain", request)
    Request.objects.select_for_update(no_key=True).get(pk=request.pk)
    if request.scenarios.count() >= MOST:
        raise CannotChoose(_("There are %(most)s scenarios already: throw some away first.") % {"most": MOST})
    facts = {"markup": copy_of.markup, "wishes": copy_of.wishes} if copy_of else {}
    scenario = Scenario(congress_id=request.congress_id, request=request, made_at=at, made_by=str(by)[:160], **facts)
    _name(scenario, name)
    if copy_of is not None:
        ScenarioCell.objects.bulk_create(
            ScenarioCell(scenario=scenario, cell_id=each.cell_id, rooms=each.rooms) for each in copy_of.cells.all()
        )
    if rooms:
        write_rooms(scenario, rooms)
    return scenario


@transaction.atomic
def edit_scenario(scenario: Scenario, *, name: str, markup: Decimal, by: Actor) -> Scenario:
    """Its name, and what is added to the price of what we buy ourselves."""
    require(by, "allotment.retain", scenario)
    scenario = locked(scenario, solving_too=True)
    scenario.markup = markup
    return _name(scenario, name)


@transaction.atomic
def set_rooms(scenario: Scenario, rooms: Wanted, *, by: Actor) -> Scenario:
    """Leave the cells named with exactly these rooms; the others stay. All or nothing; a repeat changes nothing."""
    require(by, "allotment.retain", scenario)
    scenario = locked(scenario)
    write_rooms(scenario, rooms)
    if scenario.state == Scenario.State.IMPOSSIBLE:
        Scenario.objects.filter(pk=scenario.pk).update(state=Scenario.State.READY, said={})
    return scenario


@transaction.atomic
def renew_scenario(scenario: Scenario, *, by: Actor) -> int:
    """Read the scenario in the last answers: each cell keeps its rooms as far as they are still offered. Returns the rooms lost."""
    require(by, "allotment.retain", scenario)
    scenario = locked(scenario)
    held = {
        (each.cell.reply.invitation_id, each.cell.room_type, each.cell.night): each.rooms
        for each in scenario.cells.select_related("cell__reply")
    }
    found, _cells = offered({pk for pk, _code, _night in held})
    kept = {key: min(count, found.get(key, 0)) for key, count in held.items()}
    scenario.cells.all().delete()
    write_rooms(scenario, kept)
    return sum(held.values()) - sum(kept.values())


@transaction.atomic
def drop_scenario(scenario: Scenario, *, by: Actor, at: datetime) -> None:
    """Throw a scenario away; what was retained of it stays retained."""
    require(by, "allotment.retain", scenario)
    scenario = locked(scenario, solving_too=True)
    trace(by, "allotment.scenario_dropped", scenario.request, at=at, before={"scenario": scenario.name})
    scenario.delete()


def _name(scenario: Scenario, name: str) -> Scenario:
    scenario.name = " ".join(name.replace("\0", "").split())[:80]
    if not scenario.name:
        raise CannotChoose(_("Give the scenario a name."))
    try:
        with transaction.atomic():
            scenario.save()
    except IntegrityError:
        raise CannotChoose(_("There is a scenario “%(name)s” already.") % {"name": scenario.name}) from None
    return scenario


def locked(scenario: Scenario, *, solving_too: bool = False) -> Scenario:
    rows = Scenario.objects.select_for_update(of=["self"], no_key=True).select_related("request", "congress")
    found = rows.filter(pk=scenario.pk).first()
    if found is None:
        raise CannotChoose(_("This scenario has been thrown away meanwhile."))
    if found.state == Scenario.State.SOLVING and not solving_too:
        raise CannotChoose(_("This scenario is being computed: wait for it, or stop it."))
    return found


def write_rooms(scenario: Scenario, rooms: Wanted) -> None:
    """These cells as given, read in the last answers; more than is left of what was offered is refused in words."""
    left, cells = offered({pk for pk, _code, _night in rooms}, request=scenario.request_id)
    for key, count in rooms.items():
        if count and count > left.get(key, 0):
            pk, code, night = key
            hotel = Invitation.objects.filter(pk=pk, request=scenario.request_id).select_related("supplier").first()
            facts = {
                "hotel": hotel.supplier if hotel else "–",
                "type": Service.Room(code).label if code in Service.Room.values else code,
                "night": dates.say(night),
                "rooms": count,
                "left": left.get(key, 0),
            }
            raise CannotChoose(
                _("%(hotel)s, %(type)s, %(night)s: %(rooms)s rooms wanted, %(left)s left of what it offers.") % facts
            )
    old = {
        (each.cell.reply.invitation_id, each.cell.room_type, each.cell.night): each.pk
        for each in scenario.cells.filter(cell__reply__invitation__in={pk for pk, _c, _n in rooms}).select_related("cell__reply")
    }
    ScenarioCell.objects.filter(pk__in=[old[key] for key in rooms if key in old]).delete()
    ScenarioCell.objects.bulk_create(
        ScenarioCell(scenario=scenario, cell_id=cells[key], rooms=count) for key, count in rooms.items() if count > 0
    )


def offered(
    invitations: set[int], request: int | None = None
) -> tuple[dict[tuple[int, str, date], int], dict[tuple[int, str, date], int]]:
    """By (invitation, type, night): the rooms still to be had of the last answers, and the cell that offers them."""
    latest: dict[int, int] = {}
    replies = Reply.objects.filter(
        invitation__in=invitations, is_draft=False, invitation__state=Invitation.State.ANSWERED
    ).order_by("version")
    if request is not None:
        replies = replies.filter(invitation__request=request)
    for pk, invitation in replies.values_list("pk", "invitation"):
        latest[invitation] = pk
    by_reply = {reply: invitation for invitation, reply in latest.items()}
    retained = retained_by_cell(latest)
    offered, cells = {}, {}
    found = Cell.objects.filter(reply__in=by_reply, rooms__gt=0).values_list("pk", "reply", "room_type", "night", "rooms")
    for pk, reply, code, night, rooms in found:
        key = (by_reply[reply], code, night)
        offered[key] = max(0, (rooms or 0) - retained.get(key[0], {}).get((code, night), 0))
        cells[key] = pk
    return offered, cells
