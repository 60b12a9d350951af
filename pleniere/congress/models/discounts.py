"""What is taken off a price: for whom, on what, with or without a code."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import MoneyField, PercentField
from pleniere.common.words import LocalTextField

from .congresses import CODE, Congress
from .selling import Offer, Window


class Discount(models.Model):
    """Taken off what is sold while its condition holds. A use is a living line it is taken off; no more uses than `quota`."""

    class Kind(models.TextChoices):  # in the order in which they are taken off
        FIXED = "FIXED", _("another price")
        NTH = "NTH", _("every n-th free")
        PERCENT = "PERCENT", _("per cent off")
        AMOUNT = "AMOUNT", _("an amount off")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="discounts")
    code = models.CharField(_("code"), max_length=20, validators=[CODE])
    name = LocalTextField(_("name"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    percent = PercentField(_("per cent"), null=True, blank=True)
    amount = MoneyField(_("amount, VAT included"), null=True, blank=True)
    nth = models.PositiveSmallIntegerField(_("every how many"), null=True, blank=True)
    secret = models.CharField(_("the code one types"), max_length=40, blank=True)  # empty: taken off by itself
    offers = models.ManyToManyField(Offer, blank=True, related_name="discounts")  # none: all
    window = models.ForeignKey(Window, models.PROTECT, null=True, blank=True, related_name="discounts")
    when = models.JSONField(_("condition"), default=dict, blank=True)
    quota = models.PositiveIntegerField(_("how many times at most"), null=True, blank=True)
    once_per_person = models.BooleanField(_("once per person"), default=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["congress", "pk"]
        constraints = [
            models.UniqueConstraint(name="discount_once", fields=["congress", "code"]),
            models.CheckConstraint(
                name="discount_by_kind",
                condition=Q(kind="PERCENT", percent__gt=0, percent__lte=100, amount=None, nth=None)
                | Q(kind="NTH", nth__gte=2, percent=None, amount=None)
                | Q(kind="FIXED", amount__gte=0, percent=None, nth=None)
                | Q(kind="AMOUNT", amount__gt=0, percent=None, nth=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name) or self.code
