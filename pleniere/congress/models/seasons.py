"""The planning's words: seasons of the year, and the type of rate that holds in each."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pleniere.catalogue.models import Supplier
from pleniere.common.words import LocalTextField

from .congresses import CODE, Congress


class RateType(models.Model):
    """What a night is called on the planning: CG congress rate, BS low season. It names, it does not price."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="rate_types")
    code = models.CharField(_("code"), max_length=4, validators=[CODE])
    name = LocalTextField(_("name"))

    class Meta:
        ordering = ["congress", "code"]
        constraints = [models.UniqueConstraint(name="rate_type_once", fields=["congress", "code"])]

    def __str__(self) -> str:
        return str(self.name) or self.code


class Season(models.Model):
    """Days of the planning under one name; `until` is the first it no longer holds. A supplier's own comes before everybody's."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="seasons")
    supplier = models.ForeignKey(Supplier, models.CASCADE, null=True, blank=True, related_name="+")  # none: all of them
    code = models.CharField(_("code"), max_length=20, validators=[CODE])
    name = LocalTextField(_("name"))
    starts = models.DateField(_("from"))
    until = models.DateField(_("until, not included"))
    rate_type = models.ForeignKey(RateType, models.PROTECT, null=True, blank=True, related_name="seasons")

    class Meta:
        ordering = ["congress", "starts", "pk"]
        constraints = [
            models.CheckConstraint(name="season_dates", condition=Q(starts__lt=F("until"))),
            models.UniqueConstraint(name="season_once", fields=["congress", "code"]),
        ]

    def __str__(self) -> str:
        return str(self.name) or self.code

    def holds(self, day: date) -> bool:
        return self.starts <= day < self.until
