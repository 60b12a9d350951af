"""The pages of the form: made, named, ordered, removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.catalogue.models import Service
from pleniere.common.words import LocalText, fold

from ..models import Congress, Step
from .frame import Refused, editing, free_code, put, tell

ONCE = (Step.Kind.PERSONS, Step.Kind.FEE, Step.Kind.LODGING)
ICONS = {Step.Kind.PERSONS: "users", Step.Kind.FEE: "ticket", Step.Kind.LODGING: "bed", Step.Kind.SERVICES: "fork"}
RESERVED = {"cart", "contact", "payment", "done"}  # the pages every form ends with


@transaction.atomic
def make_step(
    congress: Congress,
    *,
    title: LocalText | dict[str, str],
    by: Actor,
    at: datetime,
    kind: str = Step.Kind.SERVICES,
    code: str = "",
    **facts: Any,
) -> Step:
    """A step at the end of the form. Services have as many as wanted, the other kinds one each (Refused)."""
    with editing(congress, by=by, at=at) as fresh:
        if kind in ONCE and fresh.steps.filter(kind=kind).exists():
            raise Refused(_("There is one already: this kind of step stands once."))
        wanted = code or fold(LocalText(title).in_language("en")).replace(" ", "-")[:20] or kind.lower()
        wanted = "".join(c for c in wanted if (c.isalnum() and c.isascii()) or c in "-._") or kind.lower()
        if wanted in RESERVED:
            wanted = f"step-{wanted}"
        last = fresh.steps.order_by("-position").values_list("position", flat=True).first() or 0
        step = Step(congress=fresh, kind=kind, code=wanted if code else free_code(fresh.steps.all(), wanted))
        facts = {"icon": ICONS.get(Step.Kind(kind), ""), "position": last + 1, **facts, "title": LocalText(title)}
        _before, after = put(step, facts)
        _check_order(fresh)
        tell(fresh, "step.made", step, by=by, at=at, after=after)
    return step


@transaction.atomic
def edit_step(step: Step, *, by: Actor, at: datetime, **facts: Any) -> Step:
    """Its words and icon. Its kind only while it sells nothing, its code never: addresses and carts name it."""
    with editing(step.congress, by=by, at=at) as congress:
        step = Step.objects.get(pk=step.pk)
        facts.pop("code", None)
        if facts.get("kind", step.kind) != step.kind:
            if step.offers.exists():
                raise Refused(_("It has offers: make another step instead."))
            if facts["kind"] in ONCE and congress.steps.filter(kind=facts["kind"]).exists():
                raise Refused(_("There is one already: this kind of step stands once."))
        before, after = put(step, facts)
        _check_order(congress)
        tell(congress, "step.edited", step, by=by, at=at, before=before, after=after)
    return step


@transaction.atomic
def order_steps(congress: Congress, steps: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Put the steps in this order; those not named keep theirs, after. Participants come before all that is sold (Refused)."""
    with editing(congress, by=by, at=at) as fresh:
        rows = {step.pk: step for step in fresh.steps.all()}
        before = [step.code for step in rows.values()]
        order = [pk for pk in dict.fromkeys(steps) if pk in rows]
        order += [pk for pk in rows if pk not in order]
        for position, pk in enumerate(order, start=1):
            Step.objects.filter(pk=pk).update(position=position)
        _check_order(fresh)
        after = [rows[pk].code for pk in order]
        if after != before:
            tell(fresh, "steps.ordered", fresh, by=by, at=at, before={"steps": before}, after={"steps": after})


@transaction.atomic
def drop_step(step: Step, *, by: Actor, at: datetime) -> None:
    """Remove a step that sells nothing. With offers, even retired ones, it stays: bookings name them (Refused)."""
    with editing(step.congress, by=by, at=at) as congress:
        if step.offers.exists():
            raise Refused(_("“%(step)s” has offers: move or remove them first.") % {"step": step})
        if step.kind == Step.Kind.PERSONS:
            raise Refused(_("Without its participants’ step nobody could register."))
        tell(congress, "step.dropped", step, by=by, at=at, before={"title": dict(step.title)})
        step.delete()


def _check_order(congress: Congress) -> None:
    kinds = [step.kind for step in congress.steps.all()]
    if Step.Kind.PERSONS in kinds[1:]:
        raise Refused(_("The participants’ step comes first: services are taken for somebody."))


def sells(step: Step, service_kind: str) -> bool:
    """May this kind of service stand on this step? Rooms on the lodging step alone; nothing is sold among the participants."""
    if step.kind == Step.Kind.PERSONS:
        return False
    if step.kind == Step.Kind.LODGING:
        return service_kind in (Service.Kind.ROOM, Service.Kind.EXTRA)
    return service_kind != Service.Kind.ROOM
