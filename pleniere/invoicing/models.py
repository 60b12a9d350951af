"""Documents: invoices, deposit invoices, credit notes. Numbered at issue, without a gap; never deleted, only credited."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Link
from pleniere.booking.models import Charge, Payer
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import MoneyField, PercentField
from pleniere.congress.models import Congress


class Series(models.Model):
    """A continuous sequence of one issuer: the house, or a supplier that mandated us to bill in its name."""

    prefix = models.CharField(max_length=20, unique=True)
    issuer = models.ForeignKey(Supplier, models.PROTECT, related_name="series")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.prefix


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, actor: Any) -> InvoiceQuerySet:
        """Bureau staff: those of its congresses. A booking's link: what was made out to that booking's payers; a payer's, to that payer."""
        if isinstance(actor, Link):
            if payer := actor.subject.partition("booking.Payer:")[2]:
                return self.filter(payer=payer)
            pk = actor.subject.partition("booking.Booking:")[2]
            return self.filter(payer__booking=pk) if pk else self.none()
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Invoice(models.Model):
    """One payer **or supplier**, one mode, one issuer. Names and addresses stand as they were at issue."""

    class Kind(models.TextChoices):
        INVOICE = "INVOICE", _("invoice")
        DEPOSIT = "DEPOSIT", _("deposit invoice")
        CREDIT = "CREDIT", _("credit note")
        COMMISSION = "COMMISSION", _("commission invoice")

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="invoices")
    series = models.ForeignKey(Series, models.PROTECT, related_name="invoices")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, blank=True, related_name="invoices")
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="invoices")
    mode = models.CharField(max_length=8, choices=Contract.Mode)
    credit_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="credits")
    date = models.DateField()
    due_on = models.DateField()
    issuer_as = models.JSONField()  # name, address, SIREN, VAT no. … at issue
    buyer_as = models.JSONField()
    language = models.CharField(max_length=2, default="fr")
    total = MoneyField()  # positive, on credit notes too
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=160)
    search = models.TextField(editable=False, default="")  # number, buyer, booking: folded at issue
    chain_number = models.PositiveBigIntegerField(unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["chain_number"]
        constraints = [
            models.UniqueConstraint(name="invoice_number_once", fields=["series", "number"]),
            models.CheckConstraint(
                name="invoice_of_one", condition=Q(payer=None, supplier__isnull=False) | Q(payer__isnull=False, supplier=None)
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def link_owner(self) -> Any:
        return self.payer

    @property
    def effect(self) -> int:
        """+1 what adds to what the buyer owes, −1 a credit note."""
        return -1 if self.kind == self.Kind.CREDIT else 1

    @property
    def reference(self) -> str:
        """As printed: "FA2027-00012". No space (e-invoicing refuses one)."""
        return f"{self.series.prefix}-{self.number:05d}"


class InvoiceLine(models.Model):
    """A charge billed or credited, once per turn; a deposit invoice's line names the payer's money instead."""

    class What(models.TextChoices):
        SALE = "SALE", _("sale")
        COMMISSION = "COMMISSION", _("commission")
        DEPOSIT = "DEPOSIT", _("deposit")

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=10, choices=What)
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, blank=True, related_name="invoice_lines")
    turn = models.PositiveSmallIntegerField(default=1)  # billed, credited, billed again
    sign = models.SmallIntegerField(default=1)  # +1 billed, −1 credited
    undoes = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="undone_by"
    )  # the deposit invoice a final takes off (sign −1), or gives back when credited (+1)
    label = models.CharField(max_length=250)
    detail = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    unit_net = models.DecimalField(max_digits=14, decimal_places=4)
    vat = PercentField()
    net = MoneyField()
    vat_amount = MoneyField()
    total = MoneyField()

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(
                name="charge_billed_once", fields=["charge", "what", "turn", "sign"], condition=Q(charge__isnull=False)
            ),
            models.UniqueConstraint(
                name="deposit_undone_once", fields=["undoes", "turn", "sign"], condition=Q(undoes__isnull=False)
            ),
            models.CheckConstraint(name="invoice_line_sign", condition=Q(sign__in=[1, -1])),
        ]

    def __str__(self) -> str:
        return self.label


class Confirmation(models.Model):
    """A charge sold in a supplier's name without its billing mandate: no document of ours, only its entry; once per turn and sign.

    A discount the house bears on such a line is posted the same way: it is no document of its own.
    """

    charge = models.ForeignKey(Charge, models.PROTECT, related_name="confirmations")
    turn = models.PositiveSmallIntegerField(default=1)
    sign = models.SmallIntegerField(default=1)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="charge_confirmed_once", fields=["charge", "turn", "sign"]),
            models.CheckConstraint(name="confirmation_sign", condition=Q(sign__in=[1, -1])),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Of its entry."""
        return f"confirmation/{self.charge_id}/{self.turn}/{'+' if self.sign > 0 else '-'}"
