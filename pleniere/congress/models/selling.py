"""What a congress sells: to whom, when, from which stock, in which step, at what price, by which means of payment."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pleniere.catalogue.models import Basis, Contract, Rate, Service, Supplier, Terms
from pleniere.common.money import MoneyField
from pleniere.common.words import LocalTextField

from .congresses import CODE, Congress

NO_DAY = Value(date(1900, 1, 1), models.DateField())  # two empty dates are equal in a key; NULLs would not be


class Audience(models.Model):
    """Who pays what and may take what. Falls back to another **for prices** only."""

    class Kind(models.TextChoices):
        DELEGATE = "DELEGATE", _("delegate")
        COMPANION = "COMPANION", _("companion")

    class Proof(models.TextChoices):
        NONE = "NONE", _("none: one's word")
        CODE = "CODE", _("a code")
        LIST = "LIST", _("a list of names")
        DOMAIN = "DOMAIN", _("an e-mail address of its institution")
        DOCUMENT = "DOCUMENT", _("a document an agent has seen")
        AGENT = "AGENT", _("an agent says so")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="audiences")
    code = models.CharField(_("code"), max_length=20, validators=[CODE])
    name = LocalTextField(_("name"))
    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.DELEGATE)
    proof = models.CharField(_("proof"), max_length=8, choices=Proof, default=Proof.NONE)
    secret = models.CharField(_("its code"), max_length=40, blank=True)  # for CODE
    listed = models.TextField(_("its list, one e-mail a line"), blank=True)  # for LIST
    domains = models.TextField(_("its mail domains, one a line"), blank=True)  # for DOMAIN
    shows = models.CharField(_("prices shown"), max_length=5, choices=Basis, default=Basis.GROSS)
    falls_back_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["congress", "position", "pk"]
        constraints = [
            models.UniqueConstraint(name="audience_once", fields=["congress", "code"]),
            models.CheckConstraint(name="audience_not_itself", condition=~Q(falls_back_to=F("id")) | Q(falls_back_to=None)),
        ]

    def __str__(self) -> str:
        return str(self.name) or self.code

    @property
    def is_free(self) -> bool:
        """One is of it by one's word alone."""
        return self.proof == self.Proof.NONE

    def is_proved_by_mail(self, email: str) -> bool:
        """Does this address stand on its list, or in one of its domains (or below one)?"""
        email = email.strip().casefold()
        if self.proof == self.Proof.LIST:
            return bool(email) and email in {line.strip().casefold() for line in self.listed.splitlines()}
        if self.proof == self.Proof.DOMAIN:
            domain = email.rpartition("@")[2]
            ours = {line.strip().casefold().lstrip("@") for line in self.domains.splitlines()} - {""}
            return "@" in email and any(domain == each or domain.endswith(f".{each}") for each in ours)
        return False


class Window(models.Model):
    """A sale period. `closes` is the first day on which it no longer holds."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="windows")
    code = models.CharField(_("code"), max_length=20, validators=[CODE])
    name = LocalTextField(_("name"))
    opens = models.DateField(_("opens"), null=True, blank=True)
    closes = models.DateField(_("closes"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="window_once", fields=["congress", "code"]),
            models.CheckConstraint(name="window_dates", condition=Q(opens=None) | Q(closes=None) | Q(opens__lt=F("closes"))),
        ]

    def __str__(self) -> str:
        return str(self.name) or self.code

    def holds(self, day: date) -> bool:
        return (self.opens is None or self.opens <= day) and (self.closes is None or day < self.closes)


class Pool(models.Model):
    """A bucket of stock: the congress's own (CONGR), kept apart from leisure stock. One cut from a `parent` sells at its prices."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="pools")
    code = models.CharField(_("code"), max_length=20, default="CONGR", validators=[CODE])
    name = LocalTextField(_("name"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pool_once", fields=["congress", "code"]),
            models.CheckConstraint(name="pool_not_its_own_part", condition=~Q(parent=F("id")) | Q(parent=None)),
        ]

    def __str__(self) -> str:
        return str(self.name) or self.code


class Step(models.Model):
    """A page of the form. Services are sold on as many as wanted; the other kinds stand once each."""

    class Kind(models.TextChoices):
        PERSONS = "PERSONS", _("participants")
        FEE = "FEE", _("registration fees")
        LODGING = "LODGING", _("lodging")
        SERVICES = "SERVICES", _("services")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SERVICES)
    code = models.CharField(_("code"), max_length=20, validators=[CODE])
    title = LocalTextField(_("title"))
    text = LocalTextField(_("text"))
    icon = models.CharField(_("icon"), max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["congress", "position", "pk"]
        constraints = [models.UniqueConstraint(name="step_once", fields=["congress", "code"])]

    def __str__(self) -> str:
        return str(self.title) or self.code


class Offer(models.Model):
    """A service sold on a step, from a pool (none: not counted), under a named contract, to its audiences (none: all)."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="offers")
    step = models.ForeignKey(Step, models.PROTECT, related_name="offers")
    service = models.ForeignKey(Service, models.PROTECT, related_name="offers")
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, related_name="offers")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="offers")
    audiences = models.ManyToManyField(Audience, blank=True, related_name="offers")
    title = LocalTextField(_("title"))  # empty: the service's name
    text = LocalTextField(_("text"))
    starts = models.DateField(
        _("day"), null=True, blank=True
    )  # a meal's or visit's day; none for lodging and whole-congress services
    ends = models.DateField(null=True, blank=True)
    starts_at = models.TimeField(_("at"), null=True, blank=True)
    ends_at = models.TimeField(_("until"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=160, blank=True)
    is_mandatory = models.BooleanField(_("mandatory for each participant"), default=False)
    one_of = models.CharField(_("at least one of the group"), max_length=20, blank=True)
    most = models.PositiveSmallIntegerField(_("at most, per booking"), null=True, blank=True)
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+")
    office_only = models.BooleanField(_("sold by the office only"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["step", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="offer_days",
                condition=Q(starts=None, ends=None) | Q(starts__isnull=False, ends__isnull=False, starts__lt=F("ends")),
            ),
            models.UniqueConstraint("congress", "service", Coalesce("pool", 0), Coalesce("starts", NO_DAY), name="offer_once"),
        ]

    def __str__(self) -> str:
        return str(self.title) or str(self.service)

    @property
    def supplier(self) -> Supplier:
        return self.service.supplier


class Price(models.Model):
    """What is asked of a client (SELL) or by a supplier (BUY) for one unit of a rate. Free is a row of 0.00."""

    class Side(models.TextChoices):
        SELL = "SELL", _("selling")
        BUY = "BUY", _("purchase")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="prices")
    rate = models.ForeignKey(Rate, models.PROTECT, related_name="prices")
    side = models.CharField(max_length=4, choices=Side, default=Side.SELL)
    pool = models.ForeignKey(Pool, models.CASCADE, null=True, blank=True, related_name="prices")
    audience = models.ForeignKey(Audience, models.CASCADE, null=True, blank=True, related_name="prices")
    window = models.ForeignKey(Window, models.CASCADE, null=True, blank=True, related_name="prices")
    night_from = models.DateField(_("nights from"), null=True, blank=True)
    night_until = models.DateField(_("until, not included"), null=True, blank=True)
    min_quantity = models.PositiveSmallIntegerField(_("from how many"), default=1)
    amount = MoneyField(_("amount"))
    basis = models.CharField(_("basis"), max_length=5, choices=Basis, default=Basis.GROSS)
    vat = models.CharField(_("VAT"), max_length=16, blank=True)  # empty: the rate's

    class Meta:
        ordering = ["congress", "rate", "side", "pk"]
        constraints = [
            models.CheckConstraint(name="price_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="price_nights",
                condition=Q(night_from=None) | Q(night_until=None) | Q(night_from__lt=F("night_until")),
            ),
            models.UniqueConstraint(
                "congress",
                "rate",
                "side",
                Coalesce("pool", 0),
                Coalesce("audience", 0),
                Coalesce("window", 0),
                Coalesce("night_from", NO_DAY),
                Coalesce("night_until", NO_DAY),
                "min_quantity",
                name="price_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate} {self.side} {self.amount}"


class Method(models.Model):
    """A way to pay, offered in one congress."""

    class Kind(models.TextChoices):
        CARD = "CARD", _("card")
        CHEQUE = "CHEQUE", _("cheque")
        TRANSFER = "TRANSFER", _("bank transfer")
        ORDER = "ORDER", _("administrative order")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="methods")
    kind = models.CharField(max_length=8, choices=Kind)
    is_on = models.BooleanField(_("offered"), default=True)
    closes = models.DateField(_("no longer offered from"), null=True, blank=True)
    hold_days = models.PositiveSmallIntegerField(_("rooms held for, days"), default=10)
    provider = models.CharField(_("card provider"), max_length=20, blank=True)
    text = LocalTextField(_("what the payer must know"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["congress", "position", "pk"]
        constraints = [models.UniqueConstraint(name="method_once", fields=["congress", "kind"])]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def firm_by_order(self) -> bool:
        """A signed order makes it firm, with the money due; all others are made firm by money."""
        return self.kind == self.Kind.ORDER
