"""The steps of the cut-offs: asked of all hotels with the request, then each block's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require

from .. import dates
from ..models import Block, BlockStep, Request, RequestStep, Step


class CannotStep(ValueError):
    """Said in words: two steps on a day, one after the cut-off …"""


@dataclass(frozen=True)
class StepFacts:
    """On a day, a share of what is unsold or of all the rooms."""

    on: date
    percent: Decimal = Decimal(100)
    base: str = Step.Base.UNSOLD


def check_steps(steps: Sequence[StepFacts], *, after: date, cutoff: date) -> None:
    """Raise CannotStep unless each comes after this day, before the cut-off, and on a day of its own."""
    for step in steps:
        if not after < step.on < cutoff:
            raise CannotStep(
                _("A step comes after %(after)s and before the cut-off, %(cutoff)s: not on %(day)s.")
                % {"after": dates.say(after), "cutoff": dates.say(cutoff), "day": dates.say(step.on)}
            )
        if not 0 < step.percent <= 100:
            raise CannotStep(_("A share lies above 0 and up to 100 %."))
    if len({step.on for step in steps}) < len(steps):
        raise CannotStep(_("Two steps fall on one day: make them one."))


@transaction.atomic
def set_request_steps(request: Request, steps: Sequence[StepFacts], *, by: Actor) -> None:
    """These are the steps a draft asks for. Raises CannotStep."""
    require(by, "allotment.ask", request)
    request = Request.objects.select_for_update(no_key=True).get(pk=request.pk)
    if request.state != Request.State.DRAFT:
        raise CannotStep(_("This request has been sent: it stands as the hotels have read it."))
    check_steps(steps, after=request.deadline_date, cutoff=request.cutoff)
    request.steps.all().delete()
    RequestStep.objects.bulk_create(RequestStep(request=request, on=s.on, percent=s.percent, base=s.base) for s in steps)


def steps_of_request(request: Request, block: Block, today: date) -> None:
    """A block just retained has the steps that were asked for, those still to come before its own cut-off."""
    rows = request.steps.filter(on__gt=today, on__lt=block.cutoff)
    BlockStep.objects.bulk_create(BlockStep(block=block, on=s.on, percent=s.percent, base=s.base) for s in rows)


@transaction.atomic
def set_steps(block: Block, steps: Sequence[StepFacts], *, by: Actor, at: datetime) -> None:
    """These are the steps still to come, as agreed with the hotel; those done stay. Raises CannotStep."""
    require(by, "allotment.release", block)
    block = Block.objects.select_for_update(of=["self"], no_key=True).select_related("congress").get(pk=block.pk)
    if block.released_at is not None:
        raise CannotStep(_("Its cut-off is done."))
    check_steps(steps, after=block.congress.local_date(at), cutoff=block.cutoff)
    if block.steps.filter(on__in=[step.on for step in steps], done_at__isnull=False).exists():
        raise CannotStep(_("A step was done on this day already."))
    before = [str(step) for step in block.steps.filter(done_at=None)]
    block.steps.filter(done_at=None).delete()
    made = BlockStep.objects.bulk_create(BlockStep(block=block, on=s.on, percent=s.percent, base=s.base) for s in steps)
    trace(by, "allotment.steps", block, at=at, before={"steps": before}, after={"steps": [str(step) for step in made]})
