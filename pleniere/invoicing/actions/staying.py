"""The office agrees to what became of a stay: its commission is corrected, with the reason, and the history says so."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions.frame import lock
from pleniere.booking.models import Change, Line
from pleniere.booking.stays import VERB, Outcome, Stayed, told_of
from pleniere.common.money import ZERO, split, total

from ..stays import commission_charges, fair
from .commissions import override_commission


@transaction.atomic
def agree_stay(change: Change, *, commission: Decimal | None = None, by: Actor, at: datetime) -> bool:
    """Agree to what was said of a stay, with this commission in all (none: as its terms make it). False where that is done already.

    Raises AlreadyInvoiced where another commission stands on an invoice, NotACommission beyond the price: then nothing is agreed.
    """
    require(by, "invoicing.commission", change)
    booking = lock(change.booking)
    change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
    if change.state != Change.State.PROPOSED or change.verb != VERB or change.line_id is None:
        return False
    line = Line.objects.select_related("booking", "offer", "rate").get(pk=change.line_id)
    wanted = fair(booking.congress, [Stayed(line, "", change)])[line.pk]
    charges = {charge.pk: charge for charge in commission_charges([line.pk])[line.pk]}
    if commission is not None and commission != total(wanted.values()) and charges:
        parts = split(commission, [charge.total for charge in charges.values()])
        wanted = dict(zip(charges, parts, strict=True))
    before = total(charge.commission for charge in charges.values())
    for pk, charge in charges.items():
        override_commission(charge, wanted[pk], reason=_reason(change), by=by, at=at)
    effect = {"commission": [str(before), str(total(wanted.values()) if wanted else ZERO)], "by": str(by)[:160]}
    Change.objects.filter(pk=change.pk).update(state=Change.State.APPLIED, effect=effect)
    return True


def _reason(change: Change) -> str:
    """In the bureau's language: what it was corrected for, and who said so."""
    told = told_of(change)
    with translation.override("fr"):
        words = _("The stay: %(outcome)s, said by %(who)s") % {"outcome": Outcome(told.outcome).label, "who": change.by}
    return f"{words}. {told.note}".strip() if told.note else words
