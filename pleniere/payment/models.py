"""Payments: tried, announced, received, refunded. Receipts only grow and are chained."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.allotment.models import Block
from pleniere.booking.models import Charge, Payer
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.common.money import MoneyField
from pleniere.common.words import fold
from pleniere.congress.models import Congress, Method


class Attempt(models.Model):
    """A payment tried (card) or announced (cheque, transfer, order). Counts for nothing until a receipt says so."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("expected")
        PAID = "PAID", _("received")
        REFUSED = "REFUSED", _("refused")
        ABANDONED = "ABANDONED", _("abandoned")

    MOVES = {
        State.OPEN: {State.PAID, State.REFUSED, State.ABANDONED},
        State.REFUSED: {State.PAID},
        State.ABANDONED: {State.PAID},
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="attempts")
    ref = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=8, choices=Method.Kind)
    provider = models.CharField(max_length=20, blank=True)
    provider_ref = models.CharField(max_length=80, blank=True, db_index=True)
    amount = MoneyField()
    currency = models.CharField(max_length=3, default="EUR")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    expected_by = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["payer", "pk"]
        constraints = [models.CheckConstraint(name="attempt_some", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return self.ref


class Notice(models.Model):
    """What a provider said, as it came. The same event twice is one."""

    provider = models.CharField(max_length=20)
    event = models.CharField(max_length=80)
    ref = models.CharField(max_length=32, blank=True, db_index=True)
    status = models.CharField(max_length=20)
    amount = MoneyField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    transaction = models.CharField(max_length=80, blank=True)  # the provider's name of the money itself
    payload = models.JSONField(default=dict)
    outcome = models.CharField(max_length=250, blank=True)
    to_look_at = models.BooleanField(default=False)  # it did not land as expected: an agent reads it
    looked_by = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="notice_once", fields=["provider", "event"])]

    def __str__(self) -> str:
        return f"{self.provider} {self.event} {self.status}"


class DepositSlip(models.Model):
    """Cheques taken to the bank together, or cards the bank paid together, less its fees."""

    class Kind(models.TextChoices):
        CHEQUE = "CHEQUE", _("cheques")
        CARD = "CARD", _("cards")

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.CHEQUE)
    number = models.PositiveIntegerField()
    bank_account = models.ForeignKey(BankAccount, models.PROTECT, related_name="+")
    on = models.DateField()
    total = MoneyField()  # of the receipts, fees not taken off
    fees = MoneyField(default=0)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(name="deposit_slip_once", fields=["kind", "number"])]

    def __str__(self) -> str:
        return f"{self.on:%Y}-{self.number:03d}"


class StatementLine(models.Model):
    """A line of a bank statement, imported once."""

    bank_account = models.ForeignKey(BankAccount, models.PROTECT, related_name="statement_lines")
    no = models.CharField(max_length=80)
    on = models.DateField()
    amount = MoneyField()
    label = models.CharField(max_length=250, blank=True)
    reference = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="statement_line_once", fields=["bank_account", "no"])]

    def __str__(self) -> str:
        return f"{self.on} {self.amount}"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, actor: Any) -> ReceiptQuerySet:
        """Staff of the payer's congress; money of nobody yet is the whole bureau's."""
        staffed = Congress.objects.staffed_by(actor)
        nobody = Q(congress=None) if getattr(actor, "pk", None) is None or staffed.exists() else Q(pk=None)
        return self.filter(Q(congress__in=staffed) | nobody)


class Receipt(models.Model):
    """± money of one payer, of one supplier, or of nobody yet (suspense, 471). Never edited: undone by its opposite."""

    class Kind(models.TextChoices):
        CARD = "CARD", _("card")
        CHEQUE = "CHEQUE", _("cheque")
        TRANSFER = "TRANSFER", _("bank transfer")
        CASH = "CASH", _("cash")
        MATCH = "MATCH", _("taken from suspense")
        REFUND = "REFUND", _("refund")

    congress = models.ForeignKey(Congress, models.PROTECT, null=True, blank=True, related_name="+")  # none: of nobody yet
    key = models.CharField(max_length=120, unique=True)
    number = models.PositiveBigIntegerField(unique=True)  # place in the chain
    kind = models.CharField(max_length=8, choices=Kind)
    amount = MoneyField()
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, blank=True, related_name="receipts")
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="receipts")
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, blank=True, related_name="receipts")
    statement_line = models.ForeignKey(StatementLine, models.PROTECT, null=True, blank=True, related_name="receipts")
    deposit_slip = models.ForeignKey(DepositSlip, models.PROTECT, null=True, blank=True, related_name="receipts")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    source = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="matches"
    )  # the 471 receipt it was matched from, or sent back from
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, blank=True, related_name="paid_back")  # a supplier's pay-back
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="paid_back")  # of an advance
    on = models.DateField(_("value date"))
    drawer = models.CharField(_("drawer or sender"), max_length=120, blank=True)
    bank = models.CharField(_("bank"), max_length=80, blank=True)
    cheque_number = models.CharField(_("cheque number"), max_length=20, blank=True)
    note = models.CharField(_("note"), max_length=250, blank=True)
    is_correction = models.BooleanField(default=False)  # undoes a mistake of ours: nothing bounced
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    search = models.TextField(editable=False, default="")  # its words, its payer's, its amount, as they were when it came

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(name="receipt_of_one", condition=Q(payer=None) | Q(supplier=None)),
            models.CheckConstraint(name="receipt_some", condition=~Q(amount=0)),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount}"

    def fold_search(self) -> str:
        """What a search finds it by."""
        amount = f"{abs(self.amount):.2f}"
        words = [self.number, self.drawer, self.bank, self.cheque_number, self.note, amount, amount.replace(".", ",")]
        if self.payer:
            words += [self.payer.reference, self.payer.booking.number, self.payer.client.search]
        return fold(*words, self.supplier and self.supplier.search, self.attempt and self.attempt.ref)


class CardRefund(models.Model):
    """Money asked to go back on the card it came from. Under way until the provider says done or refused."""

    class State(models.TextChoices):
        ASKED = "ASKED", _("asked")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused")

    MOVES = {State.ASKED: {State.DONE, State.REFUSED}}

    key = models.CharField(max_length=120, unique=True)
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="card_refunds")
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="card_refunds")  # the card payment it goes back to
    amount = MoneyField()
    state = models.CharField(max_length=7, choices=State, default=State.ASKED)
    provider_ref = models.CharField(max_length=80, blank=True)
    why = models.CharField(max_length=250, blank=True)
    asked_at = models.DateTimeField()
    by = models.CharField(max_length=160)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="card_refund_some", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return f"{self.payer_id}: {self.amount}"
