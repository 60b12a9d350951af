"""Suppliers and what they offer: one file, used everywhere (A1)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import File, User
from pleniere.accounts.rights import is_staff
from pleniere.common.crypt import SealedField
from pleniere.common.money import MoneyField, PercentField
from pleniere.common.words import LocalTextField, fold


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
    website = models.CharField(_("website"), max_length=250, blank=True)
    rooms = models.PositiveIntegerField(_("rooms"), null=True, blank=True)
    capacity = models.PositiveIntegerField(_("capacity, persons"), null=True, blank=True)
    amenities = models.JSONField(_("amenities"), default=list, blank=True)  # codes: LIFT, PARKING, AIRCON, WIFI, ACCESS …
    description = LocalTextField(_("description"))
    classified_on = models.DateField(null=True, blank=True)
    identity = models.CharField(max_length=300, null=True, blank=True, unique=True)  # name + postcode + typology, folded
    billing_mandate_on = models.DateField(_("billing mandate signed on"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    search = models.TextField(editable=False, default="")

    objects = SupplierQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        indexes = [models.Index(fields=["kind", "name"])]
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


class Vat(models.Model):
    """A VAT rate, dated: the law changes. `code` is what rates name: "standard", "reduced", "none"."""

    code = models.CharField(max_length=16)
    since = models.DateField()
    percent = PercentField()
    label = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["code", "-since"]
        constraints = [models.UniqueConstraint(name="vat_once", fields=["code", "since"])]
        verbose_name = _("VAT rate")

    def __str__(self) -> str:
        return f"{self.code} {self.percent.normalize():f} %"


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
    collects_tourist_tax = models.BooleanField(_("we collect its tourist tax"), default=False)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="contract_once", fields=["supplier", "code"]),
            models.CheckConstraint(
                name="commission_only_for_agents",
                condition=Q(commission=0) | Q(commission__gt=0, commission__lte=100, mode__in=["AGENT", "DIRECT"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier.code}/{self.code}"


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


class Terms(models.Model):
    """What was agreed: the same for client, block and quote. Made of clauses."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name_plural = "terms"

    def __str__(self) -> str:
        return self.name


class Clause(models.Model):
    """One verb of some terms, from a date on. Percent **xor** amount, or neither where the verb needs none."""

    class Verb(models.TextChoices):
        KEEP = "KEEP", _("kept on cancelling")
        SHRINK = "SHRINK", _("free to drop")
        RENAME = "RENAME", _("name change")
        CONFIRM = "CONFIRM", _("final")
        DUE = "DUE", _("due")
        RELEASE = "RELEASE", _("released")
        LAPSE = "LAPSE", _("lost if unpaid")

    class Start(models.TextChoices):
        DATE = "DATE", _("a date")
        ORDER = "ORDER", _("the order")
        START = "START", _("the start of the service")
        END = "END", _("its end")

    class Base(models.TextChoices):
        TOTAL = "TOTAL", _("total")
        DEPOSIT = "DEPOSIT", _("deposit")
        NIGHT = "NIGHT", _("first night")
        GRANTED = "GRANTED", _("granted at first")
        LEFT = "LEFT", _("granted less released")
        UNSOLD = "UNSOLD", _("unsold")
        UNPAID = "UNPAID", _("unpaid")

    terms = models.ForeignKey(Terms, models.CASCADE, related_name="clauses")
    verb = models.CharField(max_length=8, choices=Verb)
    start = models.CharField(max_length=6, choices=Start, default=Start.ORDER)
    on = models.DateField(null=True, blank=True)  # for DATE
    days = models.IntegerField(default=0)
    hours = models.IntegerField(default=0)
    percent = PercentField(null=True, blank=True)
    amount = MoneyField(null=True, blank=True)
    per = models.CharField(max_length=8, blank=True)  # BOOKING, ROOM, NIGHT, PERSON: of an amount
    base = models.CharField(max_length=8, choices=Base, default=Base.TOTAL)
    from_total = MoneyField(default=0)

    class Meta:
        ordering = ["terms", "verb", "pk"]
        constraints = [
            models.CheckConstraint(name="clause_percent_xor_amount", condition=Q(percent=None) | Q(amount=None)),
            models.CheckConstraint(
                name="clause_date", condition=Q(start="DATE", on__isnull=False) | ~Q(start="DATE") & Q(on=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.percent if self.percent is not None else self.amount}"


def identity_of(name: str, postcode: str, typology: str) -> str:
    """By what two rows of outside lists are the same supplier when neither bears an outside id."""
    return "|".join(fold(part) for part in (name, postcode, typology))[:300]


def vat_percent(rows: dict[str, list[tuple[date, Any]]], code: str, day: date) -> Any:
    """The rate of `code` on `day` from rows `{code: [(since, percent), …]}`, newest first."""
    return next(percent for since, percent in rows[code] if since <= day)
