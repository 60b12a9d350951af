"""The organiser's quote: built from what is retained, sent, accepted in one exact version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Client, File, Link
from pleniere.booking.models import Line
from pleniere.catalogue.models import Rate, Supplier
from pleniere.common.money import MoneyField, PercentField
from pleniere.congress.models import Congress


class QuoteQuerySet(models.QuerySet["Quote"]):
    def visible_to(self, actor: Any) -> QuoteQuerySet:
        """Staff of the congress sees all; the holder of its link that one, once sent; the organiser those sent."""
        sent = ~Q(state="DRAFT")
        if isinstance(actor, Link):
            pk = actor.subject.partition("quote.Quote:")[2]
            return self.filter(sent, pk=pk) if pk else self.none()
        staffed = Q(congress__in=Congress.objects.staffed_by(actor))
        return self.filter(staffed | sent & Q(congress__in=Congress.objects.visible_to(actor)))


class Quote(models.Model):
    """A version for the organiser. One at most is accepted; a change is a new version with its own acceptance."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        SENT = "SENT", _("sent")
        ACCEPTED = "ACCEPTED", _("accepted")
        REFUSED = "REFUSED", _("refused")
        EXPIRED = "EXPIRED", _("expired")
        SUPERSEDED = "SUPERSEDED", _("superseded")

    class Via(models.TextChoices):
        LINK = "LINK", _("on its page")
        PAPER = "PAPER", _("on paper")
        MAIL = "MAIL", _("by e-mail")
        PHONE = "PHONE", _("by phone")

    MOVES = {
        State.DRAFT: {State.SENT},
        State.SENT: {State.ACCEPTED, State.REFUSED, State.EXPIRED, State.SUPERSEDED},
        State.ACCEPTED: {State.SUPERSEDED},
        State.EXPIRED: {State.ACCEPTED},  # signed in time, written down later
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="quotes")
    version = models.PositiveSmallIntegerField()
    client = models.ForeignKey(Client, models.PROTECT, related_name="quotes")
    text = models.TextField(_("text"), max_length=8000, blank=True)
    valid_until = models.DateField(_("valid until"))
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_name = models.CharField(_("name"), max_length=120, blank=True)
    answered_function = models.CharField(_("function"), max_length=120, blank=True)
    answered_via = models.CharField(max_length=5, choices=Via, default=Via.LINK)
    answered_file = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")  # the paper signed, its mail
    recorded_by = models.CharField(max_length=160, blank=True)  # who of the bureau wrote the answer down
    answered_from = models.GenericIPAddressField(null=True, blank=True)
    refused_why = models.CharField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of its lines and texts, frozen when sent: the exact version accepted
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=160)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["congress", "-version"]
        constraints = [
            models.UniqueConstraint(name="quote_once", fields=["congress", "version"]),
            models.UniqueConstraint(name="one_accepted", fields=["congress"], condition=Q(state="ACCEPTED")),
        ]

    def __str__(self) -> str:
        return f"{self.congress.code} v{self.version}"


class QuoteLine(models.Model):
    """One item: the organiser's to pay, or guaranteed to its delegates, who pay it themselves."""

    class Who(models.TextChoices):
        ORGANISER = "ORGANISER", _("paid by the organiser")
        DELEGATES = "DELEGATES", _("kept for the delegates, who pay")

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    who = models.CharField(max_length=9, choices=Who, default=Who.DELEGATES)
    group = models.CharField(max_length=120, blank=True)  # heading: a hotel, "Meals" …
    label = models.CharField(_("item"), max_length=250)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="+")
    buy = MoneyField(_("purchase price, VAT incl."), null=True, blank=True)  # the house's business: no paper, no page tells it
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="+")  # as it stands on the account
    rate = models.ForeignKey(Rate, models.PROTECT, null=True, blank=True, related_name="+")  # a seminar package of the catalogue
    quantity = models.PositiveIntegerField(_("quantity"), default=1)  # persons × days, where days are more than one
    days = models.PositiveSmallIntegerField(_("days"), default=1)
    unit = MoneyField(_("unit price, VAT incl."))
    vat = PercentField(_("VAT, %"))
    total = MoneyField()
    margin = models.BooleanField(_("VAT on the margin"), default=False)  # none of it is shown (CGI, article 297 E)
    parts = models.JSONField(default=list, blank=True)  # of a package: [VAT %, total, {language: words}] of each VAT rate

    class Meta:
        ordering = ["quote", "position", "pk"]
        constraints = [models.CheckConstraint(name="quote_line_days", condition=Q(days__gt=0))]

    def __str__(self) -> str:
        return self.label

    @property
    def each_day(self) -> int:
        """How many on one of its days: the persons of a seminar."""
        return self.quantity // self.days

    @property
    def by_vat(self) -> list[tuple[Decimal, Decimal]]:
        """Its total by the VAT rates that may be shown: one, or those of a package's parts; none where VAT is on the margin."""
        if self.margin:
            return []
        return [(Decimal(vat), Decimal(sum_)) for vat, sum_, _words in self.parts] or [(self.vat, self.total)]

    @property
    def vat_rates(self) -> list[Decimal]:
        return [vat for vat, _sum in self.by_vat]


class QuoteMessage(models.Model):
    """A question of the organiser about a quote, or the bureau's answer. Neither is ever edited."""

    class Side(models.TextChoices):
        ORGANISER = "ORGANISER", _("organiser")
        OFFICE = "OFFICE", _("bureau")

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="messages")
    key = models.CharField(max_length=32, unique=True)  # the same form sent twice is one message
    side = models.CharField(max_length=9, choices=Side)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    text = models.TextField(max_length=2000)

    class Meta:
        ordering = ["quote", "at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def link_owner(self) -> Quote:
        return self.quote
