"""Where a congress begins: who asks for what, what hotels hold for it, and how it ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Min, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Client, User
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.money import ZERO, MoneyField, percent_of
from pleniere.common.words import LocalTextField, fold


class EnquiryReason(models.Model):
    """Why enquiries are won or lost: the bureau's own list, so that a year of them can be counted."""

    class Outcome(models.TextChoices):
        WON = "WON", pgettext_lazy("enquiry", "won")
        LOST = "LOST", pgettext_lazy("enquiry", "lost")

    outcome = models.CharField(_("of enquiries"), max_length=4, choices=Outcome)
    name = LocalTextField(_("reason"))
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["outcome", "position", "pk"]

    def __str__(self) -> str:
        return str(self.name)


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def under_way(self) -> EnquiryQuerySet:
        """Neither won nor lost."""
        return self.filter(state__in=Enquiry.UNDER_WAY)

    def to_follow(self, day: date, *, options_until: date) -> EnquiryQuerySet:
        """Under way, and their next step is due on `day` or before, or a hotel's option ends by `options_until`: earliest first."""
        rows = self.under_way().annotate(ends_first=Min("options__until"))
        return rows.filter(Q(next_on__lte=day) | Q(ends_first__lte=options_until)).order_by(
            F("next_on").asc(nulls_last=True), "pk"
        )


class Enquiry(models.Model):
    """What came first: an organiser asks whether, when and how many."""

    class State(models.TextChoices):
        NEW = "NEW", pgettext_lazy("enquiry", "new")
        QUALIFIED = "QUALIFIED", _("qualified")
        PROPOSED = "PROPOSED", _("proposal made")
        WON = "WON", pgettext_lazy("enquiry", "won")
        LOST = "LOST", pgettext_lazy("enquiry", "lost")

    UNDER_WAY = (State.NEW, State.QUALIFIED, State.PROPOSED)
    MOVES = {
        State.NEW: {State.QUALIFIED, State.PROPOSED, State.WON, State.LOST},
        State.QUALIFIED: {State.NEW, State.PROPOSED, State.WON, State.LOST},
        State.PROPOSED: {State.NEW, State.QUALIFIED, State.WON, State.LOST},
        State.WON: {State.QUALIFIED, State.LOST},
        State.LOST: {State.QUALIFIED, State.WON},
    }
    CHANCES = {State.NEW: 20, State.QUALIFIED: 40, State.PROPOSED: 60, State.WON: 100, State.LOST: 0}  # %, where nobody said

    title = models.CharField(_("title"), max_length=160)
    organiser = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="enquiries")
    contact = models.CharField(_("contact"), max_length=160, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    starts = models.DateField(_("from"), null=True, blank=True)
    ends = models.DateField(_("to"), null=True, blank=True)
    alternates = models.CharField(_("other dates, in words"), max_length=250, blank=True)
    heads = models.PositiveIntegerField(_("persons"), null=True, blank=True)
    needs = models.TextField(_("needs"), max_length=4000, blank=True)
    budget = MoneyField(_("budget"), null=True, blank=True)
    probability = models.PositiveSmallIntegerField(_("chance, %"), null=True, blank=True)  # none: what its state usually has
    source = models.CharField(_("how they found us"), max_length=80, blank=True)
    next_step = models.CharField(_("next step"), max_length=160, blank=True)
    next_on = models.DateField(_("on"), null=True, blank=True)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who does it"))
    state = models.CharField(max_length=9, choices=State, default=State.NEW)
    reason = models.ForeignKey(EnquiryReason, models.PROTECT, null=True, blank=True, related_name="enquiries")
    why = models.CharField(_("why won or lost"), max_length=250, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    search = models.TextField(editable=False, default="")

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="enquiry_chance", condition=Q(probability=None) | Q(probability__lte=100)),
            models.CheckConstraint(name="enquiry_dates", condition=Q(starts=None) | Q(ends=None) | Q(starts__lt=F("ends"))),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = fold(self.title, self.contact, self.email, str(self.organiser or ""), self.source)
        super().save(*args, **kwargs)

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def chance(self) -> int:
        """How likely it is, in percent: as somebody said, else as its state usually is."""
        if self.probability is None or not self.is_under_way:
            return self.CHANCES[self.State(self.state)]
        return self.probability

    @property
    def weighted(self) -> Decimal:
        """Its budget by its chance: what a forecast adds up."""
        return percent_of(self.budget or ZERO, Decimal(self.chance))

    @property
    def because(self) -> str:
        """Why it was won or lost: the reason of the list, and the words beside it."""
        both = {"reason": self.reason, "why": self.why}
        return gettext("%(reason)s: %(why)s") % both if self.reason and self.why else str(self.reason or self.why)

    def fetch_dates(self) -> list[tuple[date, date]]:
        """The dates it may take, half-open, the preferred first. One query."""
        first = [(self.starts, self.ends)] if self.starts and self.ends else []
        return [*first, *((row.starts, row.ends) for row in self.other_dates.all())]


class EnquiryDates(models.Model):
    """Other dates that would do, after the first choice: 2 is the second."""

    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="other_dates")
    preference = models.PositiveSmallIntegerField()
    starts = models.DateField()
    ends = models.DateField()  # half-open

    class Meta:
        ordering = ["enquiry", "preference"]
        constraints = [
            models.UniqueConstraint(name="enquiry_choice_once", fields=["enquiry", "preference"]),
            models.CheckConstraint(name="enquiry_other_dates", condition=Q(starts__lt=F("ends"), preference__gte=2)),
        ]

    def __str__(self) -> str:
        return f"{self.starts} – {self.ends}"


class EnquiryNeed(models.Model):
    """What is needed on a day, counted from the first one (−1: the eve): it holds for whichever dates are taken."""

    class Kind(models.TextChoices):
        ROOM = "ROOM", _("rooms")  # `what` is a room type, `day` its night
        MEETING = "MEETING", _("meeting room")
        MEAL = "MEAL", _("meal")

    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="wanted")
    kind = models.CharField(max_length=7, choices=Kind)
    what = models.CharField(max_length=80)
    day = models.SmallIntegerField()
    count = models.PositiveIntegerField()  # rooms, or persons

    class Meta:
        ordering = ["enquiry", "day", "kind", "what"]
        constraints = [
            models.UniqueConstraint(name="enquiry_need_once", fields=["enquiry", "kind", "what", "day"]),
            models.CheckConstraint(name="enquiry_need_some", condition=Q(count__gt=0, day__range=(-3, 31))),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.what}"

    @property
    def label(self) -> str:
        return str(Service.Room(self.what).label) if self.kind == self.Kind.ROOM else self.what


class EnquiryOption(models.Model):
    """Rooms a hotel, or a room a venue, keeps for it until a day, before any request is sent."""

    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="options")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="+")
    until = models.DateField(_("held until"))
    rooms = models.PositiveIntegerField(_("rooms"), null=True, blank=True)
    note = models.CharField(_("what is held"), max_length=160, blank=True)

    class Meta:
        ordering = ["enquiry", "until", "pk"]
        constraints = [models.UniqueConstraint(name="enquiry_option_once", fields=["enquiry", "supplier"])]

    def __str__(self) -> str:
        return f"{self.supplier} {self.until}"
