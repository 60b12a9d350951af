"""A draw for rooms too few: what is to be had, who entered with which choices, what was drawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Booking, Person
from pleniere.catalogue.models import Rate
from pleniere.common.crypt import SealedField
from pleniere.common.nights import days
from pleniere.common.words import LocalTextField
from pleniere.congress.models import Congress, Offer
from pleniere.stock.actions import Night
from pleniere.waiting.models import Wish

OWNER = "draw-"


class DrawQuerySet(models.QuerySet["Draw"]):
    def announced(self) -> DrawQuerySet:
        """What the public may read: never one in preparation."""
        return self.exclude(state=Draw.State.DRAFT).exclude(announced_at=None)


class Draw(models.Model):
    """One draw of a congress. Its secret seed is sealed; what is known of it before is its SHA-256."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("in preparation")
        ANNOUNCED = "ANNOUNCED", _("announced")
        CLOSED = "CLOSED", _("entries closed")
        DRAWN = "DRAWN", _("drawn")
        CANCELLED = "CANCELLED", _("cancelled")

    MOVES = {
        State.DRAFT: {State.ANNOUNCED},
        State.ANNOUNCED: {State.CLOSED, State.CANCELLED},
        State.CLOSED: {State.DRAWN, State.CANCELLED},
    }

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="draws")
    number = models.PositiveSmallIntegerField()
    title = LocalTextField()
    text = LocalTextField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    draws_at = models.DateTimeField()
    public_source = models.CharField(max_length=250, blank=True)  # announced: whose word, of which day, is added to the seed
    public_word = models.CharField(max_length=120, blank=True)
    seed = SealedField(default="")
    commitment = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    announced_at = models.DateTimeField(null=True, blank=True)
    frozen = models.TextField(blank=True)  # the list as it was closed, canonical JSON
    list_sha256 = models.CharField(max_length=64, blank=True)
    result = models.JSONField(default=dict)  # {"order": […], "result": […]}: `replay`
    drawn_at = models.DateTimeField(null=True, blank=True)
    drawn_by = models.CharField(max_length=160, blank=True)
    why = models.CharField(max_length=250, blank=True)  # it was cancelled

    objects = DrawQuerySet.as_manager()

    class Meta:
        ordering = ["-draws_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="draw_number", fields=["congress", "number"]),
            models.CheckConstraint(name="draw_dates", condition=Q(opens_at__lt=F("closes_at"), closes_at__lte=F("draws_at"))),
        ]

    def __str__(self) -> str:
        return str(self.title) or f"{self.congress_id}/{self.number}"

    @property
    def owner(self) -> str:
        """By which stock knows the rooms set aside for it."""
        return f"{OWNER}{self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DRAWN, self.State.CANCELLED)

    def takes_entries(self, at: datetime) -> bool:
        return self.state == self.State.ANNOUNCED and self.opens_at <= at < self.closes_at

    def lacks(self, at: datetime) -> str:
        """What it still waits for before it can be drawn: CLOSE, HOUR, WORD; nothing."""
        if self.state == self.State.ANNOUNCED and at < self.closes_at:
            return "CLOSE"
        if at < self.draws_at:
            return "HOUR"
        return "WORD" if self.public_source and not self.public_word else ""


class DrawRoom(models.Model):
    """So many rooms of an offer on each of these nights."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="rooms")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    start = models.DateField()
    end = models.DateField()
    rooms = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["offer", "start"]
        constraints = [
            models.UniqueConstraint(name="draw_room_once", fields=["draw", "offer"]),
            models.CheckConstraint(name="draw_room_some", condition=Q(start__lt=F("end"), rooms__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.rooms} × {self.offer}"

    @property
    def nights(self) -> dict[Night, int]:
        assert self.offer.pool_id is not None
        return {Night(self.offer.pool_id, self.offer.service_id, day): self.rooms for day in days(self.start, self.end)}


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, actor: Any) -> EntryQuerySet:
        return self.filter(booking__in=Booking.objects.visible_to(actor))

    def live(self) -> EntryQuerySet:
        return self.filter(withdrawn_at=None)


class Entry(models.Model):
    """A booking in a draw: known to the public by its number alone. Who joined another's group shares its choices and its luck."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="entries")
    number = models.PositiveIntegerField()
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="draw_entries")
    group = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="members")
    code = models.CharField(max_length=8, blank=True)  # typed by who joins this group
    rooms = models.PositiveSmallIntegerField(default=1)
    email = models.EmailField()
    time_zone = models.CharField(max_length=40, default="Europe/Paris")
    waits_after = models.BooleanField(default=True)  # if not drawn: on the waiting list, in the drawn order
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    place = models.PositiveIntegerField(null=True, blank=True)  # its group's in the drawn order
    got = models.PositiveSmallIntegerField(null=True, blank=True)  # which of its choices; 0: none
    refused = models.JSONField(default=list)  # why no better one: choice, night, rooms left, rooms needed
    wish = models.ForeignKey(Wish, models.SET_NULL, null=True, blank=True, related_name="+")  # what it was given, as an offer

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(name="entry_number", fields=["draw", "number"]),
            models.UniqueConstraint(name="entry_once", fields=["draw", "booking"], condition=Q(withdrawn_at=None)),
            models.UniqueConstraint(name="entry_code", fields=["draw", "code"], condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def link_owner(self) -> Booking:
        return self.booking


class EntryPerson(models.Model):
    """Who enters: in a draw a person is in one entry. `who` folds the name and the address: a second cart is no second chance."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="+")
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="people")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    who = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="entry_person_once", fields=["draw", "person"]),
            models.UniqueConstraint(name="entry_who_once", fields=["draw", "who"]),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.person_id}"


class Choice(models.Model):
    """One of an entry's choices, by rank: a room type by one rate, for these nights."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="choices")
    rank = models.PositiveSmallIntegerField()
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    rate = models.ForeignKey(Rate, models.PROTECT, related_name="+")
    start = models.DateField()
    end = models.DateField()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(name="choice_rank", fields=["entry", "rank"]),
            models.CheckConstraint(name="choice_nights", condition=Q(start__lt=F("end"))),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.offer}"
