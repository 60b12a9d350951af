"""How long one must stay, and on which days one may come and go."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pleniere.catalogue.models import Supplier

from .congresses import Congress
from .selling import NO_DAY, Offer

LONGEST = 30  # nights that a rule may ask for


class StayRule(models.Model):
    """What holds for the days of a season: of one room type, of a hotel, else of all. `stays.rules_on` says which of several."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="stays")
    supplier = models.ForeignKey(Supplier, models.CASCADE, null=True, blank=True, related_name="+")  # none: every hotel
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, blank=True, related_name="stays")  # one room type of it
    night_from = models.DateField(_("days from"), null=True, blank=True)
    night_until = models.DateField(_("until, not included"), null=True, blank=True)
    least = models.PositiveSmallIntegerField(
        _("nights at least"), default=1, validators=[MinValueValidator(1), MaxValueValidator(LONGEST)]
    )
    no_arrival = models.BooleanField(_("no arrival"), default=False)
    no_departure = models.BooleanField(_("no departure"), default=False)
    is_shoulder = models.BooleanField(_("sold only with other nights"), default=False)  # before or after the congress

    class Meta:
        ordering = ["congress", "supplier", "offer", "night_from", "pk"]
        constraints = [
            models.CheckConstraint(name="stay_scope", condition=Q(offer=None) | Q(supplier=None)),
            models.CheckConstraint(name="stay_least", condition=Q(least__gte=1)),
            models.CheckConstraint(
                name="stay_days", condition=Q(night_from=None) | Q(night_until=None) | Q(night_from__lt=F("night_until"))
            ),
            models.UniqueConstraint(
                "congress",
                Coalesce("supplier", Value(0)),
                Coalesce("offer", Value(0)),
                Coalesce("night_from", NO_DAY),
                Coalesce("night_until", NO_DAY),
                name="stay_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.offer or self.supplier or _("Every hotel"))

    def holds(self, day: date) -> bool:
        return (self.night_from is None or self.night_from <= day) and (self.night_until is None or day < self.night_until)

    @property
    def says_nothing(self) -> bool:
        """It takes away what a wider rule asks, and asks for nothing itself."""
        return self.least == 1 and not (self.no_arrival or self.no_departure or self.is_shoulder)
