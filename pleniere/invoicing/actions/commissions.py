"""What a supplier leaves us: overridden until it is invoiced, then invoiced to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Change, Charge
from pleniere.catalogue.models import Supplier
from pleniere.common.money import ZERO, cents
from pleniere.congress.models import Congress

from ..models import Invoice, InvoiceLine
from ..parties import bureau_facts, supplier_facts, the_house
from ..queries import WITH_COMMISSION, commissions_to_bill, turns, with_standing
from .issuing import Draft, issue

What = InvoiceLine.What


class AlreadyInvoiced(Exception):
    """The commission of this charge is on an invoice: credit that first."""

    def __init__(self) -> None:
        super().__init__(_("This commission is already invoiced."))


class NotACommission(Exception):
    """No commission can be on this charge, or not so much."""


@transaction.atomic
def issue_commission_invoice(supplier: Supplier, congress: Congress, *, by: Actor, at: datetime) -> list[Invoice]:
    """Invoice a supplier, hotels paid on the spot too, for all commission not yet invoiced of one congress; one document per mode.

    A repeat finds nothing. Raises MonthClosed, NoHouse.
    """
    require(by, "invoicing.commission", congress)
    Supplier.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    rows = commissions_to_bill().filter(supplier=supplier, congress=congress).order_by("pk")
    locked = Charge.objects.select_for_update(no_key=True).filter(pk__in=[c.pk for c in rows]).order_by("pk")
    charges = list(locked.prefetch_related("line__booking"))
    so_far = turns(charges, What.COMMISSION)
    house, today = the_house(), congress.local_date(at)
    drafts = []
    for mode in WITH_COMMISSION:
        with translation.override("fr"):
            lines = [_line(charge, so_far[charge.pk] + 1) for charge in charges if charge.mode == mode]
        if lines:
            drafts.append(
                Draft(
                    Invoice.Kind.COMMISSION,
                    congress,
                    house,
                    mode,
                    lines,
                    bureau_facts(),
                    {**supplier_facts(supplier), "kind": "COMPANY", "congress": dict(congress.title)},
                    today,
                    supplier=supplier,
                )
            )
    return issue(drafts, congress=congress, by=by, at=at)[0]


@transaction.atomic
def override_commission(charge: Charge, amount: Decimal, *, reason: str, by: Actor, at: datetime) -> Change | None:
    """Set another commission on a charge: the only field of it that may change, until its commission is invoiced.

    The history says old, new and who. None when it is that much already. Raises AlreadyInvoiced, NotACommission.
    """
    require(by, "invoicing.commission", charge)
    booking = lock(charge.line.booking)
    charge = Charge.objects.select_for_update(no_key=True, of=("self",)).select_related("line").get(pk=charge.pk)
    amount = cents(amount)
    if charge.commission == amount:
        return None
    if (
        charge.mode not in WITH_COMMISSION
        or charge.kind != Charge.Kind.SALE
        or charge.struck_at
        or not ZERO <= amount <= charge.total
    ):
        raise NotACommission(
            _("A commission is between 0 and the price, on what is sold in the supplier’s name or paid at the hotel.")
        )
    if with_standing(Charge.objects.filter(pk=charge.pk)).get().commissioned:
        raise AlreadyInvoiced
    before = {"commission": str(charge.commission), "charge": charge.pk}
    Charge.objects.filter(pk=charge.pk).update(commission=amount)
    after = {"commission": str(amount), "charge": charge.pk}
    return record(booking, "commission.overridden", line=charge.line, by=by, at=at, reason=reason, before=before, after=after)


def _line(charge: Charge, turn: int) -> InvoiceLine:
    line = charge.line
    return InvoiceLine(
        what=What.COMMISSION,
        charge=charge,
        turn=turn,
        label=_("Commission, booking %(number)s") % {"number": line.booking},
        detail=f"{line.start:%d/%m/%Y} – {line.end:%d/%m/%Y}",
        vat=charge.commission_vat,
        total=charge.commission,
    )
