"""Past editions: how many rooms to ask for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import PercentField
from pleniere.congress.models import Congress


class Edition(models.Model):
    """A past edition of a congress: what was taken up night by night, to know how many rooms to ask for."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="editions")  # the one that is prepared
    name = models.CharField(_("edition"), max_length=80)
    starts = models.DateField(_("first day"))
    heads = models.PositiveIntegerField(_("participants"))
    no_show = PercentField(_("no-shows, %"), default=0)
    source = models.ForeignKey(Congress, models.SET_NULL, null=True, blank=True, related_name="+")  # one of ours; none: a file
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)

    class Meta:
        ordering = ["congress", "starts", "pk"]
        constraints = [models.UniqueConstraint(name="edition_once", fields=["congress", "name"])]

    def __str__(self) -> str:
        return self.name


class EditionNight(models.Model):
    """Rooms taken on a night, counted from the edition's first day (−1: the evening before); who arrived, where it was counted."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="nights")
    offset = models.SmallIntegerField()
    rooms = models.PositiveIntegerField()
    arrivals = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["edition", "offset"]
        constraints = [models.UniqueConstraint(name="edition_night_once", fields=["edition", "offset"])]

    def __str__(self) -> str:
        return f"{self.edition} {self.offset:+d}: {self.rooms}"
