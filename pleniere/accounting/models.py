"""What the accountant decides by period and must not be found twice: the VAT on the margin."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Payer
from pleniere.common.money import ZERO, MoneyField, PercentField


class MarginPeriod(models.Model):
    """The VAT on the margin as it was posted at the end of a month: of that month, and of all that no period before had counted."""

    class Basis(models.TextChoices):
        DOCUMENTS = "DOCUMENTS", _("sales billed less their purchases")
        MONEY = "MONEY", _("receipts less payments to suppliers")

    first = models.DateField(unique=True)  # the first day of its month
    basis = models.CharField(_("found on"), max_length=9, choices=Basis)
    sold = MoneyField()  # or collected
    bought = MoneyField()  # or paid
    carried = MoneyField(default=0)  # ≤ 0: the negative margin of the period before
    rate = PercentField()
    vat = MoneyField()
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    class Meta:
        ordering = ["-first"]
        constraints = [
            models.CheckConstraint(name="margin_carried_is_negative", condition=Q(carried__lte=0)),
            models.CheckConstraint(name="margin_vat_is_positive", condition=Q(vat__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought

    @property
    def base(self) -> Decimal:
        """VAT included; below zero it is carried to the next period."""
        return self.margin + self.carried

    @property
    def carries(self) -> Decimal:
        return min(self.base, ZERO)

    @property
    def entry_key(self) -> str:
        return f"margin-vat/{self.first:%Y-%m}"

    @property
    def piece(self) -> str:
        """What its entry rests on, as the books name it."""
        return f"TVA-MARGE-{self.first:%Y-%m}"


class MarginPart(models.Model):
    """What one payer's charges brought into a period: the difference to all periods before."""

    period = models.ForeignKey(MarginPeriod, models.PROTECT, related_name="parts")
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="+")
    sold = MoneyField()
    bought = MoneyField()

    class Meta:
        ordering = ["payer"]
        constraints = [models.UniqueConstraint(name="margin_part_once", fields=["period", "payer"])]

    def __str__(self) -> str:
        return f"{self.payer_id}: {self.sold} − {self.bought}"

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought
