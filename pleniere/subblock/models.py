"""Sub-blocks: part of a congress's rooms, for speakers or for one exhibitor; what its contact asked, what was allocated, what goes back."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Client, Link
from pleniere.common.money import PercentField
from pleniere.congress.models import Audience, Congress, Pool


class SubBlockQuerySet(models.QuerySet["SubBlock"]):
    def visible_to(self, actor: Any) -> SubBlockQuerySet:
        """Bureau staff: those of their congresses. Its contact's link: its own."""
        if isinstance(actor, Link):
            pk = actor.subject.partition("subblock.SubBlock:")[2]
            return self.filter(pk=pk) if pk else self.none()
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class SubBlock(models.Model):
    """A pool cut from the congress's own, opened by a code, looked after by one contact who has no account."""

    class State(models.TextChoices):
        PREPARED = "PREPARED", _("to be asked for")
        ASKED = "ASKED", _("waits for the bureau")
        ALLOCATED = "ALLOCATED", _("waits for the contact")
        ACCEPTED = "ACCEPTED", _("accepted")

    MOVES = {
        State.PREPARED: {State.ASKED, State.ALLOCATED},
        State.ASKED: {State.ASKED, State.ALLOCATED},
        State.ALLOCATED: {State.ASKED, State.ALLOCATED, State.ACCEPTED},
        State.ACCEPTED: {State.ASKED, State.ALLOCATED},
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="sub_blocks")
    pool = models.OneToOneField(Pool, models.PROTECT, related_name="sub_block")
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")  # who gives its code
    also = models.ManyToManyField(Audience, blank=True, related_name="+")  # others who may take from it, by their own proof
    purpose = models.CharField(_("who it is for"), max_length=160, blank=True)
    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="sub_blocks")
    contact_name = models.CharField(_("contact"), max_length=120)
    contact_email = models.EmailField(_("contact’s e-mail"))
    language = models.CharField(_("language"), max_length=2, default="fr", choices=[("fr", "Français"), ("en", "English")])
    state = models.CharField(max_length=9, choices=State, default=State.PREPARED)
    version = models.PositiveIntegerField(default=0)  # of what is allocated: the yes names the one it was shown
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.CharField(max_length=160, blank=True)
    made_at = models.DateTimeField()

    objects = SubBlockQuerySet.as_manager()

    class Meta:
        ordering = ["congress", "pool__code"]
        constraints = [
            models.CheckConstraint(name="sub_block_state", condition=Q(state__in=["PREPARED", "ASKED", "ALLOCATED", "ACCEPTED"])),
            models.CheckConstraint(
                name="sub_block_yes", condition=Q(state="ACCEPTED", accepted_at__isnull=False) | ~Q(state="ACCEPTED")
            ),
        ]

    def __str__(self) -> str:
        return str(self.pool)

    @property
    def code(self) -> str:
        """How addresses name it."""
        return self.pool.code


class Ask(models.Model):
    """What the contact asked, once: rooms in all by type and night. Later asks take its place; all are kept."""

    sub_block = models.ForeignKey(SubBlock, models.CASCADE, related_name="asks")
    key = models.CharField(max_length=64)
    rooms = models.JSONField(default=list)  # [[room type, "2027-04-07", rooms], …]
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    class Meta:
        ordering = ["sub_block", "-pk"]
        constraints = [models.UniqueConstraint(name="sub_block_ask_once", fields=["sub_block", "key"])]

    def __str__(self) -> str:
        return f"{self.sub_block_id} {self.at:%Y-%m-%d %H:%M}"

    @property
    def cells(self) -> dict[tuple[str, date], int]:
        return {(code, date.fromisoformat(night)): rooms for code, night, rooms in self.rooms}


class Allocation(models.Model):
    """Rooms moved in or out of the sub-block by the office, once per key: signed, by service and night."""

    sub_block = models.ForeignKey(SubBlock, models.PROTECT, related_name="allocations")
    key = models.CharField(max_length=64)
    rooms = models.JSONField(default=list)  # [[service id, "2027-04-07", ±rooms], …]
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    class Meta:
        ordering = ["sub_block", "-pk"]
        constraints = [models.UniqueConstraint(name="sub_block_allocation_once", fields=["sub_block", "key"])]

    def __str__(self) -> str:
        return f"{self.sub_block_id} {self.key}"


class ReturnStep(models.Model):
    """On a day, a share of what is unsold goes back to the congress; the last gives back all. Done once, by the worker."""

    sub_block = models.ForeignKey(SubBlock, models.CASCADE, related_name="steps")
    on = models.DateField(_("on"))
    percent = PercentField(_("share of what is unsold, %"), default=100)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sub_block", "on"]
        constraints = [
            models.UniqueConstraint(name="return_step_once", fields=["sub_block", "on"]),
            models.CheckConstraint(name="return_step_share", condition=Q(percent__gt=0, percent__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.percent:f} %"

    def rooms(self, free: int) -> int:
        """How many of a night's free rooms go back, rounded up: what is agreed to go does not stay for a rounding."""
        return int((free * self.percent / 100).to_integral_value(ROUND_CEILING))


class Return(models.Model):
    """Rooms given back to the congress's own pool, once per key: by a step or by hand. Undone while they are still free there."""

    sub_block = models.ForeignKey(SubBlock, models.PROTECT, related_name="returns")
    key = models.CharField(max_length=64)
    is_by_hand = models.BooleanField(default=False)
    rooms = models.JSONField(default=list)  # [[service id, "2027-04-07", rooms], …]
    reason = models.CharField(max_length=250, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["sub_block", "-pk"]
        constraints = [models.UniqueConstraint(name="return_once", fields=["sub_block", "key"])]

    def __str__(self) -> str:
        return f"{self.sub_block_id} {self.key}"

    @property
    def room_nights(self) -> int:
        return sum(rooms for _service, _night, rooms in self.rooms)


class Guest(models.Model):
    """Somebody the contact expects: a name and, to be invited, an e-mail. No booking: that is made by who registers."""

    sub_block = models.ForeignKey(SubBlock, models.CASCADE, related_name="guests")
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80)
    email = models.EmailField(_("e-mail"), blank=True)
    made_at = models.DateTimeField()
    invited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sub_block", "last_name", "first_name", "pk"]
        constraints = [
            models.UniqueConstraint(name="guest_once", fields=["sub_block", "last_name", "first_name", "email"]),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
