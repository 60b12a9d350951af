"""The public form's memory: words as typed, before they are anything else; and who waits before its door."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from pleniere.booking.models import Booking
from pleniere.congress.models import Congress


class Draft(models.Model):
    """One field as it was left, so that back, reload, a closed browser or another device lose nothing."""

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="drafts")
    field = models.CharField(max_length=80)
    value = models.TextField(max_length=4000)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="draft_once", fields=["booking", "field"])]

    def __str__(self) -> str:
        return self.field


class Turn(models.Model):
    """A visitor's place in the queue before the form. Its code keeps it on any device; it lets one cart in."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="turns")
    code = models.CharField(max_length=8, unique=True)
    place = models.BigIntegerField()  # the order: who came before the hour by lot, later ones by arrival
    joined_at = models.DateTimeField()
    here_until = models.DateTimeField()  # its page has asked lately: who is away holds nobody up, and loses no place
    inside_until = models.DateTimeField(null=True, blank=True)
    booking = models.OneToOneField(Booking, models.CASCADE, null=True, blank=True, related_name="turn")

    class Meta:
        indexes = [
            models.Index(name="turn_waiting", fields=["congress", "place"], condition=models.Q(booking=None)),
            models.Index(name="turn_inside", fields=["congress", "inside_until"], condition=models.Q(inside_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.code

    def is_inside(self, at: datetime) -> bool:
        return self.inside_until is not None and self.inside_until > at
