"""The public form's memory: words as typed, before they are anything else."""

from django.db import models

from pleniere.booking.models import Booking


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
