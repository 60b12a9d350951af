"""The waiting list: the announced rules of a congress, who wishes which nights, what was offered and answered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Booking, Person, new_key
from pleniere.catalogue.models import Rate
from pleniere.common.money import MoneyField
from pleniere.congress.models import Congress, Offer
from pleniere.stock.actions import Night

from . import owners


class WaitingList(models.Model):
    """The rules of one congress, as they are announced to who waits. Also what is locked while rooms are offered."""

    congress = models.OneToOneField(Congress, models.CASCADE, related_name="waiting_list")
    is_open = models.BooleanField(default=True)
    answer_hours = models.PositiveSmallIntegerField(default=24)
    wakes = models.PositiveSmallIntegerField(default=8)
    sleeps = models.PositiveSmallIntegerField(default=20)
    closes_days = models.PositiveSmallIntegerField(default=2)

    class Meta:
        constraints = [models.CheckConstraint(name="waking_hours", condition=Q(wakes__lt=F("sleeps"), sleeps__lte=24))]

    def __str__(self) -> str:
        return f"{self.congress_id}"


def mark_of(persons: Iterable[Person]) -> str:
    """The same for the same persons, in whatever order."""
    return hashlib.sha256(",".join(map(str, sorted(person.pk for person in persons))).encode()).hexdigest()[:32]


class WishQuerySet(models.QuerySet["Wish"]):
    def visible_to(self, actor: Any) -> WishQuerySet:
        return self.filter(booking__in=Booking.objects.visible_to(actor))

    def live(self) -> WishQuerySet:
        return self.filter(state__in=[Wish.State.WAITING, Wish.State.OFFERED])


class Wish(models.Model):
    """Nights a booking waits for, in one room type by one rate. It waits for stock: its price is that of the day it is offered."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        OFFERED = "OFFERED", _("offered")
        MET = "MET", _("met")
        ENDED = "ENDED", _("over")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="wishes")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="wishes")
    rate = models.ForeignKey(Rate, models.PROTECT, related_name="+")
    start = models.DateField()
    end = models.DateField()
    rooms = models.PositiveSmallIntegerField(default=1)
    left = models.JSONField(default=dict)  # {"2027-04-07": rooms still wanted}
    is_whole = models.BooleanField(default=True)  # all of it or nothing; else whatever part there is
    persons = models.ManyToManyField(Person, related_name="wishes")
    who = models.CharField(max_length=32, blank=True)  # a mark of these persons: others of the booking wait for themselves
    despite = models.CharField(max_length=200, blank=True, default="")  # why an agent waits against its hotel's rule of stay
    rank = models.PositiveSmallIntegerField(default=1)  # among the booking's own: of two, the one it prefers
    time_zone = models.CharField(max_length=40, default="Europe/Paris")
    email = models.EmailField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    why_ended = models.CharField(max_length=160, blank=True)

    objects = WishQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.CheckConstraint(name="wish_some", condition=Q(start__lt=F("end"), rooms__gt=0)),
            models.UniqueConstraint(
                name="wish_once",
                fields=["booking", "offer", "rate", "start", "end", "who"],
                condition=Q(state__in=["WAITING", "OFFERED"]),
            ),
        ]
        indexes = [models.Index(name="wish_waiting", fields=["offer"], condition=Q(state__in=["WAITING", "OFFERED"]))]

    def __str__(self) -> str:
        return f"{self.booking} {self.offer} {self.start}"

    @property
    def link_owner(self) -> Booking:
        return self.booking

    @property
    def wanted(self) -> dict[Night, int]:
        """The rows of stock it still waits for, and how many rooms of each."""
        assert self.offer.pool_id is not None
        return {
            Night(self.offer.pool_id, self.offer.service_id, date.fromisoformat(day)): rooms for day, rooms in self.left.items()
        }


class Proposal(models.Model):
    """Rooms offered to a wish, kept for it until it answers or its time is over. Stock knows it by `owner`."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("offered")
        TAKEN = "TAKEN", _("taken")
        REFUSED = "REFUSED", _("refused")
        LAPSED = "LAPSED", _("not answered in time")

    key = models.CharField(max_length=32, unique=True, default=new_key)
    wish = models.ForeignKey(Wish, models.CASCADE, related_name="proposals")
    nights = models.JSONField(default=dict)  # {"2027-04-07": rooms}
    total = MoneyField()
    made_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    taken = models.JSONField(default=list)  # the nights said yes to
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_open_proposal", fields=["wish"], condition=Q(state="OPEN")),
            models.CheckConstraint(name="proposal_has_time", condition=Q(leaves_at__lt=F("until"))),
        ]
        indexes = [models.Index(name="proposal_ending", fields=["until"], condition=Q(state="OPEN"))]

    def __str__(self) -> str:
        return self.key

    @property
    def link_owner(self) -> Booking:
        return self.wish.booking

    @property
    def owner(self) -> str:
        return owners.offered(self.key)

    @property
    def mail_key(self) -> str:
        """Of the message that tells it."""
        return f"waiting-{self.key}"

    @property
    def days(self) -> list[tuple[date, int]]:
        return [(date.fromisoformat(day), rooms) for day, rooms in sorted(self.nights.items())]
