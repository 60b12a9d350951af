"""What a hotel asks of its rooms on sale."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pleniere.catalogue.models import Service
from pleniere.common.money import MoneyField
from pleniere.common.nights import DAY, Stay
from pleniere.common.shown import nights_of
from pleniere.congress.models import Congress

from .blocks import Block
from .requests import Invitation


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, actor: Any) -> ProposalQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))

    def open(self) -> ProposalQuerySet:
        """Those that wait for the bureau."""
        return self.filter(state=Proposal.State.OPEN)


class Proposal(models.Model):
    """What a hotel asks of its rooms on sale, once per key: more of them, or some back.

    More at the agreed price is live at once (ACCEPTED as it is made) where the hotel sells it; all else waits for the bureau.
    """

    class Kind(models.TextChoices):
        GIVE = "GIVE", _("more rooms")
        BACK = "BACK", _("rooms back")

    class State(models.TextChoices):
        OPEN = "OPEN", _("waits for the bureau")
        ACCEPTED = "ACCEPTED", _("accepted")
        REFUSED = "REFUSED", _("refused")

    MOVES = {State.OPEN: {State.ACCEPTED, State.REFUSED}}

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="proposals")
    block = models.ForeignKey(Block, models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=4, choices=Kind)
    room_type = models.CharField(max_length=12, choices=Service.Room)
    first = models.DateField()
    last = models.DateField()  # the last night, included
    rooms = models.PositiveIntegerField()  # of each night
    price = MoneyField(null=True, blank=True)  # none: the price agreed
    remark = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=160, blank=True)
    why = models.CharField(max_length=250, blank=True)
    key = models.CharField(max_length=64)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="proposal_once", fields=["invitation", "key"]),
            models.CheckConstraint(name="proposal_nights", condition=Q(first__lte=F("last"), rooms__gt=0)),
        ]

    def __str__(self) -> str:
        facts = {"kind": self.get_kind_display(), "rooms": self.rooms, "room": self.get_room_type_display()}
        return gettext("%(kind)s: %(rooms)s × %(room)s, %(nights)s") % {**facts, "nights": nights_of(self.first, self.last)}

    @property
    def stay(self) -> Stay:
        return Stay(self.first, self.last + DAY)
