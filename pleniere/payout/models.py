"""Payouts: what leaves for a supplier, or back to a payer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.allotment.models import Block
from pleniere.booking.models import Charge, Line, Payer
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.common.crypt import SealedField
from pleniere.common.money import MoneyField
from pleniere.common.words import fold
from pleniere.congress.models import Congress
from pleniere.payment.models import Receipt


class TransferFileQuerySet(models.QuerySet["TransferFile"]):
    def visible_to(self, actor: Any) -> TransferFileQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class TransferFile(models.Model):
    """A SEPA file as it was made: its message id is never used twice."""

    congress = models.ForeignKey(Congress, models.PROTECT, null=True, related_name="transfer_files")
    message_id = models.CharField(max_length=35, unique=True)
    format = models.CharField(max_length=20, default="pain.001.001.09")
    bank_account = models.ForeignKey(BankAccount, models.PROTECT, related_name="+")
    execution_date = models.DateField()
    count = models.PositiveIntegerField()
    total = MoneyField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)

    objects = TransferFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.message_id


class PayoutQuerySet(models.QuerySet["Payout"]):
    def live(self) -> PayoutQuerySet:
        """Those that count against what is owed."""
        return self.exclude(state__in=Payout.DEAD)

    def visible_to(self, actor: Any) -> PayoutQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Payout(models.Model):
    """A transfer or cheque to one supplier, one payer, or the sender of money of nobody. Its amount is never negative."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        APPROVED = "APPROVED", _("approved")
        FILED = "FILED", _("in a file")
        SENT = "SENT", _("sent to the bank")
        EXECUTED = "EXECUTED", _("executed")
        REJECTED = "REJECTED", _("rejected")
        RETURNED = "RETURNED", _("returned")
        DROPPED = "DROPPED", _("dropped")

    DEAD = (State.DROPPED, State.REJECTED, State.RETURNED)
    MOVES = {
        State.DRAFT: {State.APPROVED, State.DROPPED},
        State.APPROVED: {State.FILED, State.SENT, State.EXECUTED, State.DROPPED},  # SENT, EXECUTED at once: a cheque, a zero
        State.FILED: {State.SENT, State.DROPPED},
        State.SENT: {State.EXECUTED, State.REJECTED},
        State.EXECUTED: {State.RETURNED},
    }

    class Kind(models.TextChoices):
        TRANSFER = "TRANSFER", _("transfer")
        CHEQUE = "CHEQUE", _("cheque")

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="payouts")
    end_to_end = models.CharField(max_length=35, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TRANSFER)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="payouts")
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, blank=True, related_name="payouts")
    source = models.ForeignKey(
        Receipt, models.PROTECT, null=True, blank=True, related_name="payouts_back"
    )  # money of nobody, going back to its sender
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)  # of a refund asked once
    amount = MoneyField()
    holder = models.CharField(max_length=70, blank=True)
    iban = SealedField(blank=True, default="")
    bic = models.CharField(max_length=11, blank=True)
    cheque_number = models.CharField(max_length=20, blank=True)
    operator_code = models.CharField(max_length=20, blank=True)  # of who decided it, as the office writes it
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    file = models.ForeignKey(TransferFile, models.PROTECT, null=True, blank=True, related_name="payouts")
    anew_for = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="again")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=160, blank=True)
    executed_on = models.DateField(null=True, blank=True)
    why = models.CharField(max_length=250, blank=True)  # of a rejection or return
    search = models.TextField(editable=False, default="")

    objects = PayoutQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="payout_never_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="payout_to_one",
                condition=Q(payer=None, supplier__isnull=False, source=None)
                | Q(payer__isnull=False, supplier=None, source=None)
                | Q(payer=None, supplier=None, source__isnull=False),
            ),
            models.UniqueConstraint(
                name="cheque_number_once", fields=["cheque_number"], condition=Q(kind="CHEQUE") & ~Q(cheque_number="")
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = fold(self.end_to_end, self.payee, self.supplier and self.supplier.code, self.holder)
        super().save(*args, **kwargs)

    @property
    def is_live(self) -> bool:
        """Counts against what is owed."""
        return self.state not in self.DEAD

    @property
    def payee(self) -> str:
        """Who is paid, by its everyday name."""
        return str(self.supplier or (self.payer and self.payer.client) or self.holder)


class PayoutLine(models.Model):
    """What of the transfer settles which charge, block advance or refund. The lines sum to the transfer."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="lines")
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, blank=True, related_name="payout_lines")
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="payout_lines")
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, blank=True, related_name="payout_lines")
    amount = MoneyField()
    label = models.CharField(max_length=250, blank=True)

    class Meta:
        ordering = ["payout", "pk"]
        constraints = [
            models.UniqueConstraint(name="payout_line_once", fields=["payout", "charge"], condition=Q(charge__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.payout_id}: {self.amount}"


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def visible_to(self, actor: Any) -> PurchaseQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))

    def to_count(self, day: date) -> PurchaseQuerySet:
        """Whose final number is due by `day` and was not said."""
        alive = self.exclude(line__state=Line.State.CANCELLED)
        return alive.filter(final_on__lte=day, counted_at=None).order_by("final_on", "pk")


class Purchase(models.Model):
    """What we buy that no delegate asked for: guaranteed to its supplier, billed even if fewer come.

    Its line stands on the organiser's account at nothing; what it is bought for is that line's charge.
    """

    class Kind(models.TextChoices):
        COVERS = "COVERS", _("guaranteed covers")
        COACH = "COACH", _("coach")
        GUIDE = "GUIDE", _("guide")
        HALL = "HALL", _("room hire")
        ATTRITION = "ATTRITION", _("penalty for rooms not filled")
        OTHER = "OTHER", _("other purchase")

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="purchases")
    line = models.OneToOneField(Line, models.PROTECT, related_name="purchase")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=9, choices=Kind)
    persons = models.PositiveIntegerField()  # for whom it is bought now
    per = models.PositiveIntegerField(null=True, blank=True)  # one unit for so many persons: a guide for 25
    guaranteed = models.PositiveIntegerField()  # units, as first agreed: never fewer
    final_on = models.DateField(null=True, blank=True)  # the last day on which the number may fall
    counted_at = models.DateTimeField(null=True, blank=True)  # the number was said
    note = models.CharField(max_length=250, blank=True)
    invoice_number = models.CharField(max_length=40, blank=True)  # the supplier's, once entered
    invoice_on = models.DateField(null=True, blank=True)
    posted = MoneyField(default=0)  # what the books hold of it, VAT included
    turn = models.PositiveSmallIntegerField(default=0)  # how many times it was entered
    made_at = models.DateTimeField(auto_now_add=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        ordering = ["congress", "pk"]
        constraints = [
            models.CheckConstraint(name="purchase_some", condition=Q(persons__gt=0, guaranteed__gt=0)),
            models.CheckConstraint(
                name="purchase_posted_with_its_invoice", condition=Q(invoice_number="", posted=0) | ~Q(invoice_number="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.supplier_id}"
