"""Stock: the one place that can never be wrong. A counter per pool, service and day; why it moved stands beside it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pleniere.catalogue.models import Service
from pleniere.congress.models import Congress, Pool

RESERVE = "waiting-"


def reserve_of(stock_day: int) -> str:
    """The owner of what came free on this row while people waited."""
    return f"{RESERVE}{stock_day}"


class StockDay(models.Model):
    """How many of a service a pool has on a day, and what became of them. Changed only by `stock.actions`."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="+")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="days")
    service = models.ForeignKey(Service, models.PROTECT, related_name="stock_days")
    day = models.DateField()
    granted = models.PositiveIntegerField(default=0)
    short = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    optioned = models.PositiveIntegerField(default=0)
    booked = models.PositiveIntegerField(default=0)
    waited = models.PositiveIntegerField(default=0)  # rooms people wait for: what comes free is kept for them first

    class Meta:
        constraints = [
            models.UniqueConstraint(name="stock_day_once", fields=["pool", "service", "day"]),
            models.CheckConstraint(
                name="never_sold_twice",
                condition=Q(granted__gte=F("held") + F("optioned") + F("booked") - F("short")),
            ),
            models.CheckConstraint(
                name="short_is_exact",
                condition=Q(short=0) | Q(short=F("held") + F("optioned") + F("booked") - F("granted")),
            ),
        ]
        indexes = [models.Index(fields=["congress", "day"])]

    def __str__(self) -> str:
        return f"{self.service_id} {self.day}: {self.free}/{self.granted}"

    @property
    def taken(self) -> int:
        return self.held + self.optioned + self.booked

    @property
    def free(self) -> int:
        return max(0, self.granted - self.taken)

    @property
    def reserve(self) -> str:
        """The owner of what came free here while people waited."""
        return reserve_of(self.pk)


class Claim(models.Model):
    """Why a counter of a StockDay moved: whose, how many, which counter, until when. `owner` is a line's key."""

    class Kind(models.TextChoices):
        CART = "CART", _("cart")
        KEPT = "KEPT", _("kept by the office")
        OPTION = "OPTION", _("option")
        BOOKED = "BOOKED", _("booked")

    owner = models.CharField(max_length=64)
    stock_day = models.ForeignKey(StockDay, models.PROTECT, related_name="claims")
    rooms = models.PositiveIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="claim_once", fields=["owner", "stock_day"]),
            models.CheckConstraint(name="claim_some", condition=Q(rooms__gt=0)),
            models.CheckConstraint(
                name="booked_has_no_end",
                condition=Q(kind="BOOKED", until=None) | ~Q(kind="BOOKED") & Q(until__isnull=False),
            ),
        ]
        indexes = [models.Index(name="claim_ending", fields=["until"], condition=Q(until__isnull=False))]

    def __str__(self) -> str:
        return f"{self.owner} {self.kind} {self.rooms}"


class Grant(models.Model):
    """Why `granted` moved: retained, released, given, moved. `block` names the block it belongs to, in text."""

    stock_day = models.ForeignKey(StockDay, models.PROTECT, related_name="grants")
    key = models.CharField(max_length=80)
    block = models.CharField(max_length=64, blank=True, db_index=True)
    rooms = models.IntegerField()  # signed
    reason = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(name="grant_once", fields=["stock_day", "key"])]

    def __str__(self) -> str:
        return f"{self.key} {self.rooms:+}"
