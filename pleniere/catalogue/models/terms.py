"""What was agreed when something is cancelled, reduced, due or lost."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import MoneyField, PercentField


class Terms(models.Model):
    """What was agreed: the same for client, block and quote. Made of clauses."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name_plural = "terms"

    def __str__(self) -> str:
        return self.name


class Clause(models.Model):
    """One verb of some terms, from a date on. Percent **xor** amount, or neither where the verb needs none."""

    class Verb(models.TextChoices):
        KEEP = "KEEP", _("kept on cancelling")
        SHRINK = "SHRINK", _("free to drop")
        RENAME = "RENAME", _("name change")
        CONFIRM = "CONFIRM", _("final")
        DUE = "DUE", _("due")
        RELEASE = "RELEASE", _("released")
        LAPSE = "LAPSE", _("lost if unpaid")

    class Start(models.TextChoices):
        DATE = "DATE", _("a date")
        ORDER = "ORDER", _("the order")
        START = "START", _("the start of the service")
        END = "END", _("its end")

    class Base(models.TextChoices):
        TOTAL = "TOTAL", _("total")
        DEPOSIT = "DEPOSIT", _("deposit")
        NIGHT = "NIGHT", _("first night")
        GRANTED = "GRANTED", _("granted at first")
        LEFT = "LEFT", _("granted less released")
        UNSOLD = "UNSOLD", _("unsold")
        UNPAID = "UNPAID", _("unpaid")

    terms = models.ForeignKey(Terms, models.CASCADE, related_name="clauses")
    verb = models.CharField(max_length=8, choices=Verb)
    start = models.CharField(max_length=6, choices=Start, default=Start.ORDER)
    on = models.DateField(null=True, blank=True)  # for DATE
    days = models.IntegerField(default=0)
    hours = models.IntegerField(default=0)
    percent = PercentField(null=True, blank=True)
    amount = MoneyField(null=True, blank=True)
    per = models.CharField(max_length=8, blank=True)  # BOOKING, ROOM, NIGHT, PERSON: of an amount
    base = models.CharField(max_length=8, choices=Base, default=Base.TOTAL)
    from_total = MoneyField(default=0)

    class Meta:
        ordering = ["terms", "verb", "pk"]
        constraints = [
            models.CheckConstraint(name="clause_percent_xor_amount", condition=Q(percent=None) | Q(amount=None)),
            models.CheckConstraint(
                name="clause_date", condition=Q(start="DATE", on__isnull=False) | ~Q(start="DATE") & Q(on=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.percent if self.percent is not None else self.amount}"

    def begins_on(self, *, order: date, start: date, end: date) -> date:
        """The day it begins, whole days only."""
        base = {"ORDER": order, "START": start, "END": end, "DATE": self.on}[self.start]
        assert base is not None  # the clause_date constraint
        return base + timedelta(days=self.days)
