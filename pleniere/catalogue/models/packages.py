"""What a package holds: the parts of one price per person, each under its own VAT rate."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import MoneyField
from pleniere.common.words import LocalTextField

from .selling import Rate


class Component(models.Model):
    """A part of a package's price per person. `share` is what its supplier asks for it, VAT included, and its weight when the
    package is sold for another sum."""

    rate = models.ForeignKey(Rate, models.CASCADE, related_name="components")
    position = models.PositiveSmallIntegerField(default=0)
    name = LocalTextField(_("part"))
    vat = models.CharField(_("VAT"), max_length=16, default="standard")
    share = MoneyField(_("price per person, VAT incl."))

    class Meta:
        ordering = ["rate", "position", "pk"]
        constraints = [
            models.UniqueConstraint(name="component_once", fields=["rate", "position"]),
            models.CheckConstraint(name="component_some", condition=Q(share__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.name)
