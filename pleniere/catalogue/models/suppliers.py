"""Whom we sell for, its people, its bank accounts, its pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import File, User
from pleniere.accounts.rights import is_staff
from pleniere.common.crypt import SealedField
from pleniere.common.words import LocalTextField, fold

KM = 111.195  # a degree of latitude


class SupplierQuerySet(models.QuerySet["Supplier"]):
    def visible_to(self, actor: Any) -> SupplierQuerySet:
        """Staff sees all; a supplier's contact its own house; nobody else any."""
        if is_staff(actor):
            return self
        if isinstance(actor, User) and actor.is_authenticated:
            return self.filter(pk__in=Contact.objects.filter(user=actor, left_at=None).values("supplier"))
        return self.none()

    def offered(self) -> SupplierQuerySet:
        """Those we still work with: a retired one keeps its past and is never offered again."""
        return self.filter(retired_at=None)

    def within(self, km: float, latitude: float, longitude: float) -> SupplierQuerySet:
        """Those at most so far away as the crow flies; one whose place is unknown is none. Flat earth: good to 1 % up to 200 km."""
        wide = KM * math.cos(math.radians(latitude))
        north, east = (F("latitude") - latitude) * KM, (F("longitude") - longitude) * wide
        box = {"latitude__range": (latitude - km / KM, latitude + km / KM)}
        return self.filter(**box).annotate(square=north * north + east * east).filter(square__lte=km * km)

    def having(self, amenities: Iterable[str]) -> SupplierQuerySet:
        """Those with all of these amenities, by code."""
        rows = self.annotate(with_codes=Cast("amenities", models.TextField()))
        for code in amenities:
            rows = rows.filter(with_codes__contains=f'"{code}"')
        return rows


class Supplier(models.Model):
    """Whom we sell for: a hotel, a caterer, the organiser whose fees we collect, the house itself, a placeholder."""

    class Kind(models.TextChoices):
        HOTEL = "HOTEL", _("hotel")
        RESIDENCE = "RESIDENCE", _("residence")
        LODGING = "LODGING", _("other lodging")
        CATERER = "CATERER", _("restaurant or caterer")
        VENUE = "VENUE", _("venue")
        VISIT = "VISIT", _("visit or activity")
        GUIDE = "GUIDE", _("guide")
        TRANSPORT = "TRANSPORT", _("transport")
        ORGANISER = "ORGANISER", _("organiser")
        HOUSE = "HOUSE", _("the house")
        PLACEHOLDER = "PLACEHOLDER", _("to be assigned")
        OTHER = "OTHER", _("other")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("type"), max_length=12, choices=Kind)
    legal_name = models.CharField(_("legal name"), max_length=160, blank=True)
    siret = models.CharField(_("SIRET"), max_length=14, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    stars = models.PositiveSmallIntegerField(_("stars"), null=True, blank=True)  # none: not classified
    typology = models.CharField(_("official typology"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=250, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    town = models.CharField(_("town"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FR")
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    website = models.CharField(_("website"), max_length=300, blank=True)
    rooms = models.PositiveIntegerField(_("rooms"), null=True, blank=True)
    capacity = models.PositiveIntegerField(_("capacity, persons"), null=True, blank=True)
    amenities = models.JSONField(_("amenities"), default=list, blank=True)  # codes: LIFT, PARKING, AIRCON, WIFI, ACCESS …
    description = LocalTextField(_("description"))
    classified_on = models.DateField(null=True, blank=True)
    identity = models.CharField(max_length=500, null=True, blank=True, unique=True)  # by which an outside list knows it again
    imported = models.JSONField(
        default=dict, blank=True
    )  # its fields as the last import wrote them: what differs was typed by hand
    billing_mandate_on = models.DateField(_("billing mandate signed on"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    search = models.TextField(editable=False, default="")

    objects = SupplierQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        indexes = [
            models.Index(fields=["kind", "name"]),
            models.Index(fields=["postcode"]),
            models.Index(fields=["town"]),
        ]
        constraints = [
            models.UniqueConstraint(name="one_house", fields=["kind"], condition=Q(kind="HOUSE")),
            models.CheckConstraint(name="stars_1_to_5", condition=Q(stars=None) | Q(stars__range=(1, 5))),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = fold(self.name, self.code, self.legal_name, self.town, self.postcode)
        super().save(*args, **kwargs)

    @property
    def letter(self) -> str:
        """Under which letter the A–Z list shows it."""
        first = fold(self.name)[:1].upper()
        return first if first.isalpha() else "#"


class SupplierId(models.Model):
    """What another system calls a supplier: (scheme, value), e.g. ("apidae", "sitraHCO593119")."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="ids")
    scheme = models.CharField(max_length=20)
    value = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(name="supplier_id_once", fields=["scheme", "value"])]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


class Contact(models.Model):
    """A person at a supplier, by role. One who moves to another hotel leaves here (`left_at`) and begins anew there."""

    class Role(models.TextChoices):
        SALES = "SALES", _("sales and groups")  # is asked for rooms
        RECEPTION = "RECEPTION", _("reception")  # takes the rooming list
        ACCOUNTS = "ACCOUNTS", _("accounts")  # takes the remittance note
        MANAGER = "MANAGER", _("manager")

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="contacts")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.SALES)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=2, default="fr")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="supplier_contacts")
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["role", "name", "pk"]

    def __str__(self) -> str:
        return self.name or self.email


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    def visible_to(self, actor: Any) -> BankAccountQuerySet:
        """Staff sees that there is one, masked; who may see it whole is a right of its own."""
        return self if is_staff(actor) else self.none()

    def live(self) -> BankAccountQuerySet:
        """Approved and in force: one at most per supplier."""
        return self.filter(approved_at__isnull=False, ended_at=None)

    def waiting(self) -> BankAccountQuerySet:
        """Proposed, and nobody else has said yes or no."""
        return self.filter(approved_at=None, ended_at=None)

    def of_house(self) -> BankAccountQuerySet:
        """The bureau’s own that have not ended: approved, or waiting."""
        return self.filter(supplier__kind=Supplier.Kind.HOUSE, ended_at=None)


class BankAccount(models.Model):
    """An IBAN a supplier (or the house) is paid on. Waits until somebody other than its proposer approves it."""

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="bank_accounts")
    holder = models.CharField(_("account holder’s legal name"), max_length=70)
    iban = SealedField(_("IBAN"))
    iban_fingerprint = models.CharField(max_length=64, db_index=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    proof = models.ForeignKey(File, models.PROTECT, null=True, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # refused, or replaced by a newer one

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="iban_two_people",
                condition=Q(approved_by=None) | Q(proposed_by=None) | ~Q(approved_by=F("proposed_by")),
            ),
            models.UniqueConstraint(
                name="one_live_iban", fields=["supplier"], condition=Q(approved_at__isnull=False, ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} …{self.iban[-4:]}"

    @property
    def masked(self) -> str:
        """Enough to compare with a paper, too little to pay by."""
        return f"{self.iban[:4]} •••• {self.iban[-7:-3]} {self.iban[-3:]}".replace(" ", "\u00a0")

    @property
    def spelled(self) -> str:
        """The whole of it in fours, for whoever may see it."""
        return "\u00a0".join(self.iban[i : i + 4] for i in range(0, len(self.iban), 4))


class Photo(models.Model):
    """A picture of a supplier on its public sheet; the caption is also what is read aloud in its place."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="photos")
    file = models.ForeignKey(File, models.PROTECT)
    caption = LocalTextField(_("what it shows"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["supplier", "position", "pk"]
        constraints = [models.UniqueConstraint(name="photo_once", fields=["supplier", "file"])]

    def __str__(self) -> str:
        return str(self.caption) or self.file.name


def identity_of(*parts: str) -> str:
    """By what two rows of outside lists are the same supplier when neither bears an outside id: name, postcode, typology."""
    return "|".join(fold(part) for part in parts)[:500]
