"""What was retained of an answer: its deposits, what goes back and when."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import File
from pleniere.catalogue.models import Contract, Supplier, Terms
from pleniere.common.money import MoneyField, PercentField
from pleniere.congress.models import Congress, Pool

from .replies import Reply
from .requests import Request


class BlockQuerySet(models.QuerySet["Block"]):
    def visible_to(self, actor: Any) -> BlockQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Block(models.Model):
    """What was retained of a reply: its rooms are Grants (`grant_block`), its prices Prices of the congress."""

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="blocks")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="blocks")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="blocks")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+")
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+")
    reply = models.ForeignKey(
        Reply, models.PROTECT, null=True, blank=True, related_name="blocks"
    )  # none: agreed without a request
    cutoff = models.DateField(_("cut-off"))
    retained_at = models.DateTimeField()
    retained_by = models.CharField(max_length=160)
    key = models.CharField(max_length=64, unique=True)  # retaining twice under one key is one block
    released_at = models.DateTimeField(null=True, blank=True)  # the cut-off has been done
    agreed = models.JSONField(default=list)  # as written to the hotel: [[type, "2027-04-07", rooms, "its price"], …]
    signed = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")  # the agreement it sent back
    signed_at = models.DateTimeField(null=True, blank=True)

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["congress", "supplier__name"]

    def __str__(self) -> str:
        return f"{self.supplier} ({self.congress.code})"

    @property
    def grant_block(self) -> str:
        """How stock names this block."""
        return f"allotment.Block:{self.pk}"

    def is_due(self, today: date) -> bool:
        return self.released_at is None and self.cutoff <= today


class BlockDue(models.Model):
    """A deposit that the hotel is owed for a block, on a day: what was agreed when it was retained."""

    block = models.ForeignKey(Block, models.CASCADE, related_name="dues")
    on = models.DateField(_("due on"))
    amount = MoneyField(_("amount"))

    class Meta:
        ordering = ["block", "on"]
        constraints = [
            models.UniqueConstraint(name="block_due_once", fields=["block", "on"]),
            models.CheckConstraint(name="block_due_amount", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.block} {self.on}: {self.amount}"


class Release(models.Model):
    """Rooms given back to the hotel, once per key: by the cut-off or by hand."""

    block = models.ForeignKey(Block, models.PROTECT, related_name="releases")
    key = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    is_by_hand = models.BooleanField(default=False)
    rooms = models.JSONField(default=list)  # [[room type's service id, "2027-04-07", rooms], …] as given back
    reason = models.CharField(max_length=250, blank=True)
    is_withdrawal = models.BooleanField(default=False)  # the hotel took back rooms that were sold: a shortfall says so
    undone_at = models.DateTimeField(null=True, blank=True)  # the hotel agreed to leave these rooms with us after all
    undone_by = models.CharField(max_length=160, blank=True)
    undone_why = models.CharField(max_length=250, blank=True)

    class Meta:
        ordering = ["block", "pk"]
        constraints = [models.UniqueConstraint(name="release_once", fields=["block", "key"])]

    def __str__(self) -> str:
        return f"{self.block} {self.key}"

    @property
    def room_nights(self) -> int:
        return sum(rooms for _service, _night, rooms in self.rooms)


class Step(models.Model):
    """Part of the rooms goes back on a day before the cut-off: a share of all that was granted at first, or of what is unsold.

    A share is counted night by night and rounded down: no more goes back than was agreed.
    """

    class Base(models.TextChoices):
        UNSOLD = "UNSOLD", _("of what is unsold")
        GRANTED = "GRANTED", _("of all the rooms")

    on = models.DateField(_("on"))
    percent = PercentField(_("share, %"), default=100)
    base = models.CharField(_("of what"), max_length=7, choices=Base, default=Base.UNSOLD)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.on}: {self.percent:f} % {self.base}"

    def rooms(self, *, granted: int, unsold: int) -> int:
        """How many rooms of a night the step gives back."""
        return int((granted if self.base == self.Base.GRANTED else unsold) * self.percent / 100)


class RequestStep(Step):
    """A step as it was asked of every hotel; each block is retained with its own copy."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="steps")

    class Meta:
        ordering = ["request", "on"]
        constraints = [
            models.UniqueConstraint(name="request_step_once", fields=["request", "on"]),
            models.CheckConstraint(name="request_step_share", condition=Q(percent__gt=0, percent__lte=100)),
        ]


class BlockStep(Step):
    """A step of one block, done by the worker when its day comes."""

    block = models.ForeignKey(Block, models.CASCADE, related_name="steps")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["block", "on"]
        constraints = [
            models.UniqueConstraint(name="block_step_once", fields=["block", "on"]),
            models.CheckConstraint(name="block_step_share", condition=Q(percent__gt=0, percent__lte=100)),
        ]
