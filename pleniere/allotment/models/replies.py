"""What a hotel answers: the versions of its answer, their cells, the papers it adds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import File
from pleniere.catalogue.models import Service
from pleniere.common.money import MoneyField

from .requests import Invitation


class Reply(models.Model):
    """A version of one supplier's answer: by whom, from what. At most one draft; a sent one is never edited.

    `typed` holds the words of each field as they were typed: a draft is nothing but these; sending reads them into cells.
    """

    class Via(models.TextChoices):
        LINK = "LINK", _("by the link")
        PHONE = "PHONE", _("by phone")
        MAIL = "MAIL", _("by mail")
        PDF = "PDF", _("by PDF")

    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="replies")
    version = models.PositiveSmallIntegerField()
    is_draft = models.BooleanField(default=True)
    via = models.CharField(max_length=5, choices=Via, default=Via.LINK)
    by = models.CharField(max_length=160)
    source = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")
    remarks = models.TextField(_("remarks"), max_length=4000, blank=True)
    held_until = models.DateField(_("rooms held until"), null=True, blank=True)
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["invitation", "version"]
        constraints = [
            models.UniqueConstraint(name="reply_once", fields=["invitation", "version"]),
            models.UniqueConstraint(name="one_draft", fields=["invitation"], condition=Q(is_draft=True)),
        ]

    def __str__(self) -> str:
        return f"{self.invitation} v{self.version}"


class Cell(models.Model):
    """What a reply offers of one type on one night. Rooms none: not answered; price none: not asked, or not given."""

    reply = models.ForeignKey(Reply, models.CASCADE, related_name="cells")
    room_type = models.CharField(max_length=12, choices=Service.Room)
    night = models.DateField()
    rooms = models.PositiveIntegerField(null=True, blank=True)
    price = MoneyField(null=True, blank=True)

    class Meta:
        ordering = ["reply", "room_type", "night"]
        constraints = [models.UniqueConstraint(name="cell_once", fields=["reply", "room_type", "night"])]

    def __str__(self) -> str:
        return f"{self.room_type} {self.night}: {self.rooms} × {self.price}"


class Paper(models.Model):
    """What a hotel uploaded with its answer: its contract, its terms. The office reads it; the hotel may take it back."""

    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="papers")
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    by = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="paper_once", fields=["invitation", "file"])]

    def __str__(self) -> str:
        return self.file.name
