"""Rooms asked: a request, what it needs night by night, the suppliers invited to answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Link, User
from pleniere.catalogue.models import Contact, Service, Supplier, Terms
from pleniere.common.nights import Stay
from pleniere.congress.models import Congress, Pool


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, actor: Any) -> RequestQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Request(models.Model):
    """Asks suppliers for rooms by type and night. Deadline < cut-off ≤ arrival, in the database too."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        SENT = "SENT", _("sent")
        CLOSED = "CLOSED", _("closed")

    MOVES = {State.DRAFT: {State.SENT}, State.SENT: {State.CLOSED}, State.CLOSED: set[State]()}

    class Price(models.TextChoices):
        COMMISSIONABLE = "COMMISSIONABLE", _("public price, from which our commission is taken")
        NET = "NET", _("net price, without commission")

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="requests")
    number = models.CharField(max_length=8, unique=True, null=True)  # 8 digits, of its pk
    title = models.CharField(_("title"), max_length=160, blank=True)
    arrival = models.DateField(_("first night"))
    departure = models.DateField(_("departure"))
    deadline = models.DateTimeField(_("reply before"))
    cutoff = models.DateField(_("cut-off"))
    deadline_date = models.DateField(editable=False)  # the deadline's date where the congress is
    price_is = models.CharField(_("prices asked"), max_length=14, choices=Price, default=Price.COMMISSIONABLE)
    with_breakfast = models.BooleanField(_("breakfast included"), default=True)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, related_name="+")
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+")
    remarks = models.TextField(_("remarks"), max_length=4000, blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    sent_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="request_nights", condition=Q(arrival__lt=F("departure"))),
            models.CheckConstraint(
                name="deadline_then_cutoff_then_arrival",
                condition=Q(deadline_date__lt=F("cutoff"), cutoff__lte=F("arrival")),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    @property
    def stay(self) -> Stay:
        return Stay(self.arrival, self.departure)

    def takes_answers(self, at: datetime) -> bool:
        return self.state == self.State.SENT and at < self.deadline


class Need(models.Model):
    """How many rooms of a type are wanted on a night, and whether a price is asked or only availability."""

    class Kind(models.TextChoices):
        QUOTE = "QUOTE", _("quote")
        AVAILABILITY = "AVAILABILITY", _("availability only")

    request = models.ForeignKey(Request, models.CASCADE, related_name="needs")
    room_type = models.CharField(max_length=12, choices=Service.Room)
    night = models.DateField()
    rooms = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.QUOTE)

    class Meta:
        ordering = ["request", "room_type", "night"]
        constraints = [models.UniqueConstraint(name="need_once", fields=["request", "room_type", "night"])]

    def __str__(self) -> str:
        return f"{self.room_type} {self.night}: {self.rooms}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Any) -> InvitationQuerySet:
        """Staff of the congress; the holder of its link; a contact of the supplier. No hotel ever sees another's."""
        if isinstance(actor, Link):
            pk = actor.subject.partition("allotment.Invitation:")[2]
            return self.filter(pk=pk) if pk else self.none()
        houses = Contact.objects.filter(user=actor, left_at=None) if isinstance(actor, User) else Contact.objects.none()
        mine = ~Q(state="DRAFT") & Q(supplier__in=houses.values("supplier"))
        staffed = Q(congress__in=Congress.objects.staffed_by(actor))
        return self.filter(pk__in=Invitation.objects.filter(staffed | mine).values("pk"))

    def silent(self) -> InvitationQuerySet:
        """Asked, and neither answered nor declined."""
        return self.filter(state__in=[Invitation.State.SENT, Invitation.State.OPENED])


class Invitation(models.Model):
    """One supplier asked. One retired after being asked keeps its row and its answer."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("not sent")
        SENT = "SENT", _("no answer")
        OPENED = "OPENED", _("opened")
        ANSWERED = "ANSWERED", _("answered")
        DECLINED = "DECLINED", _("declined")

    MOVES = {
        State.DRAFT: {State.SENT},
        State.SENT: {State.OPENED, State.ANSWERED, State.DECLINED},
        State.OPENED: {State.ANSWERED, State.DECLINED},
        State.ANSWERED: {State.DECLINED},
        State.DECLINED: {State.ANSWERED},
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, models.PROTECT, related_name="invitations")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="invitations")
    email = models.EmailField(blank=True)  # where it was sent; none: to be asked by phone
    language = models.CharField(max_length=2, default="fr")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=250, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)  # when the hotel last said it has read what changed
    more_time_asked_at = models.DateTimeField(null=True, blank=True)  # it came too late and asked for more days

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["request", "supplier__name"]
        constraints = [models.UniqueConstraint(name="invitation_once", fields=["request", "supplier"])]

    def __str__(self) -> str:
        return f"{self.request} → {self.supplier}"
