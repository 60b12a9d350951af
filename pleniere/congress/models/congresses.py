"""The congress itself, who belongs to it, and the texts its clients accept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import STAFF, Client, Role, User
from pleniere.accounts.rights import SYSTEM, bureau_roles
from pleniere.catalogue.models import Terms
from pleniere.common.words import LocalTextField

from .enquiries import Enquiry

CODE = RegexValidator(r"^[A-Za-z0-9_.-]+$", _("Letters, digits, dot, hyphen and underscore only."))


class CongressQuerySet(models.QuerySet["Congress"]):
    def visible_to(self, actor: Any) -> CongressQuerySet:
        """Bureau staff sees all; a member (agent here, organiser there) its own."""
        if actor is SYSTEM or (isinstance(actor, User) and bureau_roles(actor)):
            return self
        if isinstance(actor, User) and actor.is_authenticated:
            return self.filter(pk__in=Member.objects.filter(user=actor).values("congress"))
        return self.none()

    def staffed_by(self, actor: Any) -> CongressQuerySet:
        """Those where the actor works for the bureau: what the office desk shows."""
        if actor is SYSTEM or (isinstance(actor, User) and bureau_roles(actor)):
            return self
        if isinstance(actor, User) and actor.is_authenticated:
            return self.filter(pk__in=Member.objects.filter(user=actor, role__in=STAFF).values("congress"))
        return self.none()


class Congress(models.Model):
    """What all is sold in: one currency, one time zone, one set of terms."""

    class State(models.TextChoices):
        PREPARED = "PREPARED", _("in preparation")
        OPEN = "OPEN", _("open")
        OVER = "OVER", _("over")

    MOVES = {State.PREPARED: {State.OPEN}, State.OPEN: {State.OVER, State.PREPARED}}  # back to PREPARED: registration closed

    class Kind(models.TextChoices):
        EVENT = "EVENT", _("event")
        SEASON = "SEASON", _("season")

    class PriceDate(models.TextChoices):
        ORDER = "ORDER", _("date of the order")
        PAYMENT = "PAYMENT", _("date of the payment")

    code = models.CharField(_("code"), max_length=32, unique=True, validators=[CODE])
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.EVENT)
    title = LocalTextField(_("title"))
    welcome = LocalTextField(_("welcome text"))
    practical = LocalTextField(_("practical information"))
    starts = models.DateField(_("first day"))
    ends = models.DateField(_("day after the last"))  # half-open, like every range
    venue = models.CharField(_("venue"), max_length=160, blank=True)
    venue_address = models.CharField(_("address of the venue"), max_length=250, blank=True)
    venue_latitude = models.FloatField(null=True, blank=True)
    venue_longitude = models.FloatField(null=True, blank=True)
    organiser = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="congresses")
    enquiry = models.ForeignKey(Enquiry, models.SET_NULL, null=True, blank=True, related_name="congresses")
    currency = models.CharField(max_length=3, default="EUR")
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Paris")
    price_date = models.CharField(_("price of the"), max_length=8, choices=PriceDate, default=PriceDate.ORDER)
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("terms"))
    opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    freeze_date = models.DateField(_("changes wait for an agent from"), null=True, blank=True)
    help_name = models.CharField(_("who helps"), max_length=120, blank=True)
    help_email = models.EmailField(_("help by e-mail"), blank=True)
    help_phone = models.CharField(_("help by phone"), max_length=30, blank=True)
    hue = models.CharField(_("colour"), max_length=12, default="petrol")
    option_cap_person = models.PositiveSmallIntegerField(_("unpaid options per person"), default=3)
    option_cap_email = models.PositiveSmallIntegerField(_("unpaid options per e-mail"), default=10)
    option_cap_night = models.PositiveSmallIntegerField(_("unpaid options, % of a night"), default=50)
    queue_places = models.PositiveSmallIntegerField(_("visitors registering at once"), default=0)  # 0: no queue before the form
    state = models.CharField(max_length=8, choices=State, default=State.PREPARED)
    opened_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moved by every edit of steps, offers, prices, texts: the caches' key
    made_at = models.DateTimeField(auto_now_add=True)

    objects = CongressQuerySet.as_manager()

    class Meta:
        ordering = ["-starts", "code"]
        verbose_name_plural = "congresses"
        constraints = [
            models.CheckConstraint(name="congress_dates", condition=Q(starts__lt=F("ends"))),
            models.CheckConstraint(
                name="congress_sale_dates",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title) or self.code

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_date(self, at: datetime) -> date:
        """The date at `at` where the congress is."""
        return at.astimezone(self.zone).date()

    def is_open(self, at: datetime) -> bool:
        """May the public order now?"""
        return (
            self.state == self.State.OPEN
            and (self.opens_at is None or self.opens_at <= at)
            and (self.closes_at is None or at < self.closes_at)
        )


class Member(models.Model):
    """A user's role in one congress: one person may be accountant here, agent there."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=12, choices=[(r.value, r.label) for r in (*STAFF, Role.ORGANISER)])

    class Meta:
        constraints = [models.UniqueConstraint(name="member_once", fields=["congress", "user", "role"])]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class LegalText(models.Model):
    """A version of the terms of sale or of another binding text; never edited, only followed by the next."""

    class Kind(models.TextChoices):
        TERMS = "TERMS", _("terms of sale")
        PRIVACY = "PRIVACY", _("privacy")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="legal_texts")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TERMS)
    version = models.PositiveSmallIntegerField()
    text = LocalTextField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    class Meta:
        ordering = ["congress", "kind", "-version"]
        constraints = [models.UniqueConstraint(name="legal_text_once", fields=["congress", "kind", "version"])]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"
