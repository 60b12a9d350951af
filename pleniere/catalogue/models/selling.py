"""How we sell for a supplier and what one can take there: contracts, services, rates, and the taxes upon them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import MoneyField, PercentField
from pleniere.common.words import LocalTextField

from .suppliers import Supplier


class Vat(models.Model):
    """A VAT rate, dated: the law changes. `code` is what rates name: "standard", "reduced", "none"."""

    code = models.CharField(max_length=16)
    since = models.DateField()
    percent = PercentField()
    label = models.CharField(max_length=80, blank=True)  # the bureau's own words, if it has any

    class Meta:
        ordering = ["code", "-since"]
        constraints = [models.UniqueConstraint(name="vat_once", fields=["code", "since"])]
        verbose_name = _("VAT rate")

    def __str__(self) -> str:
        return f"{self.code} {self.percent.normalize():f} %"

    @property
    def words(self) -> str:
        """What the rate is called: by the bureau, else by the law, in the reader's language."""
        return self.label or str(VAT_WORDS.get(self.code, self.code))


VAT_WORDS = {
    "standard": _("standard rate"),
    "intermediate": _("intermediate rate"),
    "reduced": _("reduced rate"),
    "super": _("super-reduced rate"),
    "none": _("no VAT"),
}


class Basis(models.TextChoices):
    """Whether an amount holds its VAT."""

    GROSS = "GROSS", _("VAT incl.")
    NET = "NET", _("excl. VAT")


class Contract(models.Model):
    """How we sell for a supplier. A commission exists only where the supplier sells and we act for it."""

    class Mode(models.TextChoices):
        OWN = "OWN", _("in our own name")
        AGENT = "AGENT", _("in the supplier’s name")
        MARGIN = "MARGIN", _("in our name, VAT on the margin")
        DIRECT = "DIRECT", _("paid at the hotel")

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="contracts")
    code = models.CharField(_("code"), max_length=20, default="std")
    mode = models.CharField(_("selling mode"), max_length=8, choices=Mode)
    commission = PercentField(_("commission, %"), default=0)
    commission_base = models.CharField(_("commission on the price"), max_length=5, choices=Basis, default=Basis.GROSS)
    commission_result = models.CharField(_("the commission is"), max_length=5, choices=Basis, default=Basis.GROSS)
    commission_vat = models.CharField(_("VAT of the commission"), max_length=16, default="standard")
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    stops_sales = models.BooleanField(_("the hotel may stop sales of a night by itself"), default=False)
    tax_authorised_on = models.DateField(_("we collect its tourist tax since"), null=True, blank=True)  # none: it is paid there
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="contract_once", fields=["supplier", "code"]),
            models.CheckConstraint(
                name="commission_only_for_agents",
                condition=Q(commission=0) | Q(commission__gt=0, commission__lte=100, mode__in=["AGENT", "DIRECT"]),
            ),
            models.CheckConstraint(name="tax_paid_where_the_room_is", condition=Q(tax_authorised_on=None) | ~Q(mode="DIRECT")),
        ]

    def __str__(self) -> str:
        return f"{self.supplier.code}/{self.code}"

    @property
    def is_bought(self) -> bool:
        """Do we buy what we sell under it, in our own name? Else the supplier sells, and we take a commission."""
        return self.mode in (self.Mode.OWN, self.Mode.MARGIN)

    def collects_tax(self, night: date) -> bool:
        """Do we charge the tourist tax of that night, by the hotel's authorisation? Else its guests pay it there."""
        return self.tax_authorised_on is not None and self.tax_authorised_on <= night


class Service(models.Model):
    """What one can take of a supplier. A hotel's room type **is** a service."""

    class Kind(models.TextChoices):
        ROOM = "ROOM", _("room")
        FEE = "FEE", _("registration fee")
        MEAL = "MEAL", _("meal")
        EVENING = "EVENING", _("evening")
        VISIT = "VISIT", _("visit")
        WORKSHOP = "WORKSHOP", _("workshop")
        EXTRA = "EXTRA", _("extra")
        PACKAGE = "PACKAGE", _("seminar package")  # its rates hold components

    class Room(models.TextChoices):
        SINGLE = "SINGLE", _("single")
        TWIN = "TWIN", _("twin")
        DOUBLE = "DOUBLE", _("double")
        TRIPLE = "TRIPLE", _("triple")
        QUAD = "QUAD", _("quad")
        ACCESSIBLE = "ACCESSIBLE", _("accessible")
        SUITE = "SUITE", _("suite")

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="services")
    code = models.CharField(_("code"), max_length=20)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    room_type = models.CharField(_("room type"), max_length=12, choices=Room, blank=True)
    name = LocalTextField(_("name"))
    text = LocalTextField(_("description"))
    persons_most = models.PositiveSmallIntegerField(_("persons at most"), default=1)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["supplier", "kind", "code"]
        constraints = [
            models.UniqueConstraint(name="service_once", fields=["supplier", "code"]),
            models.CheckConstraint(
                name="rooms_have_a_type", condition=Q(kind="ROOM") & ~Q(room_type="") | ~Q(kind="ROOM") & Q(room_type="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.name) or self.code


class Rate(models.Model):
    """One formula of a service: for how many, with which board, sold by what unit."""

    class Unit(models.TextChoices):
        PIECE = "PIECE", _("piece")
        NIGHT = "NIGHT", _("night")
        PERSON = "PERSON", _("person")
        PERSON_NIGHT = "PERSON_NIGHT", _("person and night")

    class Board(models.TextChoices):
        NONE = "NONE", _("room only")
        BREAKFAST = "BREAKFAST", _("breakfast")
        HALF = "HALF", _("half board")
        FULL = "FULL", _("full board")

    service = models.ForeignKey(Service, models.PROTECT, related_name="rates")
    code = models.CharField(_("code"), max_length=20)
    name = LocalTextField(_("name"))
    occupancy = models.PositiveSmallIntegerField(_("persons"), default=1)
    board = models.CharField(_("board"), max_length=10, choices=Board, default=Board.NONE)
    vat = models.CharField(_("VAT"), max_length=16, default="standard")
    unit = models.CharField(_("unit"), max_length=12, choices=Unit, default=Unit.PIECE)

    class Meta:
        ordering = ["service", "occupancy", "code"]
        constraints = [models.UniqueConstraint(name="rate_once", fields=["service", "code"])]

    def __str__(self) -> str:
        return str(self.name) or self.code

    @property
    def by_night(self) -> bool:
        return self.unit in (self.Unit.NIGHT, self.Unit.PERSON_NIGHT)

    @property
    def by_person(self) -> bool:
        return self.unit in (self.Unit.PERSON, self.Unit.PERSON_NIGHT)


class TouristTax(models.Model):
    """What a town asks per person and night, by class of lodging ("3", "residence-3", "none" …)."""

    town = models.CharField(_("town"), max_length=80)
    lodging_class = models.CharField(_("class"), max_length=20)
    since = models.DateField(_("since"))
    amount = MoneyField(_("per person and night"))
    exempt_under = models.PositiveSmallIntegerField(_("free under the age of"), default=18)

    class Meta:
        constraints = [models.UniqueConstraint(name="tourist_tax_once", fields=["town", "lodging_class", "since"])]

    def __str__(self) -> str:
        return f"{self.town} {self.lodging_class}: {self.amount}"


def vat_percent(rows: dict[str, list[tuple[date, Any]]], code: str, day: date) -> Any:
    """The rate of `code` on `day` from rows `{code: [(since, percent), …]}`, newest first."""
    return next(percent for since, percent in rows[code] if since <= day)
