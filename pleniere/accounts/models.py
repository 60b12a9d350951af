"""Who: the bureau, its users, its clients, the links given to people without an account; and the trace they leave."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pleniere.common.crypt import SealedField
from pleniere.common.words import fold

if TYPE_CHECKING:
    from .rights import Actor


class Role(models.TextChoices):
    """What a person is, for the whole bureau or for one congress (`congress.Member`)."""

    AGENT = "AGENT", _("agent")
    LEAD = "LEAD", _("team lead")
    ACCOUNTANT = "ACCOUNTANT", _("accountant")
    ADMIN = "ADMIN", _("administrator")
    ORGANISER = "ORGANISER", _("organiser")
    SUPPLIER = "SUPPLIER", _("supplier contact")


STAFF = (Role.AGENT, Role.LEAD, Role.ACCOUNTANT, Role.ADMIN)


class Bureau(models.Model):
    """The tenant: exactly one row. What the law has printed on every document stands here (see `docs/operators.md`)."""

    class Kind(models.TextChoices):
        ASSOCIATION = "ASSOCIATION", _("association or company")
        EPIC = "EPIC", _("public establishment (EPIC)")
        REGIE = "REGIE", _("direct public management (régie)")

    name = models.CharField(_("trade name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=120, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ASSOCIATION)
    siret = models.CharField(_("SIRET"), max_length=14, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    registration_number = models.CharField(_("travel operators’ register no."), max_length=20, blank=True)
    guarantor = models.CharField(_("financial guarantor, with address"), max_length=250, blank=True)
    insurer = models.CharField(_("liability insurer, with address"), max_length=250, blank=True)
    mediator = models.CharField(_("consumer mediator, with address"), max_length=250, blank=True)
    address = models.TextField(_("address"), max_length=250, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    town = models.CharField(_("town"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FR")
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail shown to clients"), blank=True)
    website = models.URLField(_("website"), blank=True)
    opening_hours = models.CharField(_("opening hours"), max_length=120, blank=True)
    holiday_zone = models.CharField(
        _("public holidays"), max_length=20, blank=True, choices=[("", _("France")), ("ALSACE_MOSELLE", _("Alsace, Moselle"))]
    )
    fiscal_year_start = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)
    tolerance = models.DecimalField(_("shortfall that still makes a line firm, €"), max_digits=5, decimal_places=2, default=0)
    late_rate = models.CharField(_("late-payment rate"), max_length=120, blank=True, default="trois fois le taux d’intérêt légal")
    sender = models.EmailField(_("sender of mails"), blank=True)
    reply_to = models.EmailField(_("reply to"), blank=True)
    smtp_host = models.CharField(_("SMTP server"), max_length=120, blank=True)
    smtp_port = models.PositiveIntegerField(_("port"), default=587)
    smtp_user = models.CharField(_("SMTP user"), max_length=120, blank=True)
    smtp_password = SealedField(_("SMTP password"), blank=True, default="")
    smtp_security = models.CharField(
        _("encryption"), max_length=8, default="STARTTLS", choices=[("STARTTLS", "STARTTLS"), ("TLS", "TLS"), ("NONE", _("none"))]
    )
    is_demo = models.BooleanField(default=False)  # nothing leaves a demo: its mails stay in the outbox
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="bureau_is_one", condition=Q(pk=1)),
            models.CheckConstraint(name="bureau_month", condition=Q(fiscal_year_start__range=(1, 12))),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def siren(self) -> str:
        return self.siret[:9]

    def legal_lines(self) -> list[str]:
        """Who we are, as the law has it printed on mails, letters and documents; in the reader's language."""
        place = f"{self.postcode} {self.town}".strip()
        who = ", ".join(
            part for part in (self.legal_name or self.name, self.legal_form, *self.address.splitlines(), place) if part
        )
        numbers = [(_("SIRET %(x)s"), self.siret), (_("VAT %(x)s"), self.vat_number)]
        travel = [
            (_("Travel operators’ register: %(x)s"), self.registration_number),
            (_("Financial guarantor: %(x)s"), self.guarantor),
            (_("Liability insurer: %(x)s"), self.insurer),
            (_("Consumer mediator: %(x)s"), self.mediator),
        ]
        sentences = [". ".join(str(text) % {"x": value} for text, value in group if value) for group in (numbers, travel)]
        return [f"{line}." for line in (who, *sentences) if line]

    def missing_fields(self) -> list[str]:
        """Names of what is compulsory (RULES: travel operators, mediator, invoices) and still empty."""
        compulsory = ["legal_name", "legal_form", "siret", "registration_number", "guarantor", "insurer", "mediator"]
        compulsory += ["address", "postcode", "town", "phone", "email", "sender"]
        return [name for name in compulsory if not getattr(self, name)]

    def missing(self) -> list[str]:
        """The same in words."""
        return [str(self._meta.get_field(name).verbose_name) for name in self.missing_fields()]  # type: ignore[union-attr]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person with an account: of the bureau, of an organiser, or of a supplier."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=2, default="fr", choices=[("fr", "Français"), ("en", "English")])
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def first_name(self) -> str:  # asked by allauth's mails
        return self.name


class BureauRole(models.Model):
    """A user's role over the whole bureau, hence in every congress."""

    user = models.ForeignKey(User, models.CASCADE, related_name="bureau_roles")
    role = models.CharField(max_length=12, choices=[(r.value, r.label) for r in STAFF])

    class Meta:
        constraints = [models.UniqueConstraint(name="bureau_role_once", fields=["user", "role"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Client(models.Model):
    """A person, company or public body we sell to. An e-mail is a contact, not an identity: two clients may share one."""

    class Kind(models.TextChoices):
        PERSON = "PERSON", _("person")
        COMPANY = "COMPANY", _("company")
        PUBLIC = "PUBLIC", _("public body")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PERSON)
    title = models.CharField(pgettext_lazy("of a person", "title"), max_length=20, blank=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    company = models.CharField(_("company or institution"), max_length=160, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    mobile = models.CharField(_("mobile phone"), max_length=30, blank=True)
    address = models.TextField(_("address"), max_length=250, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    town = models.CharField(_("town"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FR")
    siret = models.CharField(_("SIRET"), max_length=14, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    service_code = models.CharField(_("service code (Chorus Pro)"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=2, default="fr")
    search = models.TextField(editable=False, default="")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["email"])]

    def __str__(self) -> str:
        person = f"{self.first_name} {self.last_name}".strip()
        return self.company if self.company and self.kind != self.Kind.PERSON else person or self.company or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = self.fold_search()
        super().save(*args, **kwargs)

    def fold_search(self) -> str:
        """What a search finds it by; who makes many at once writes it."""
        return fold(self.last_name, self.first_name, self.company, self.email, self.town, self.siret)

    @property
    def greeted(self) -> str:
        """Whom a mail greets: the person who ordered, whoever pays; else as it is known."""
        return f"{self.first_name} {self.last_name}".strip() or str(self)


class LinkQuerySet(models.QuerySet["Link"]):
    def live(self, at: datetime) -> LinkQuerySet:
        return self.filter(revoked_at=None).filter(Q(until=None) | Q(until__gt=at))


class Link(models.Model):
    """Lets whoever holds it do one kind of thing to one object, without an account.

    The token is never stored: `links.token(link)` makes it from the row's nonce and our key, so it can be shown again to an
    agent, and revoking the row ends it. Openings count POSTs and saved fields only: mail scanners follow every link by GET.
    """

    class Purpose(models.TextChoices):
        ANSWER = "ANSWER", _("answer a request for rooms")  # subject: allotment.Invitation
        QUOTE = "QUOTE", _("read and accept a quote")  # subject: quote.Quote
        BOOKING = "BOOKING", _("register, resume, see a booking")  # subject: booking.Booking
        PAY = "PAY", _("pay what one payer owes")  # subject: booking.Payer
        LIST = "LIST", _("read a list")  # subject: lists.ListRun
        SUBBLOCK = "SUBBLOCK", _("ask for rooms of a sub-block")  # subject: subblock.SubBlock

    purpose = models.CharField(max_length=8, choices=Purpose)
    subject = models.CharField(max_length=80)  # "allotment.Invitation:12": what it points at lies on a higher floor
    nonce = models.CharField(max_length=64, default=secrets.token_hex)
    holder = models.CharField(max_length=254, blank=True)  # whom it was sent to, a name or an e-mail
    until = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    openings = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "purpose"])]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.until is None or at < self.until)


class Trace(models.Model):
    """One change that is no booking's: who did what to what, when, why, and how it was before. Only grows."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=160)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    label = models.CharField(max_length=200, blank=True)  # the subject's name as it was
    reason = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "-at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor}: {self.verb} {self.subject}"


def _file_path(file: File, name: str) -> str:
    return f"{file.sha256[:2]}/{file.sha256}"


class File(models.Model):
    """What was uploaded, as it came. Served only through a view that asks `visible_to`, never by its path."""

    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    content = models.FileField(upload_to=_file_path)
    subject = models.CharField(max_length=80, db_index=True)  # what it belongs to, e.g. "catalogue.Supplier:3"
    by = models.CharField(max_length=160)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


def subject_of(thing: models.Model) -> str:
    """How a lower floor names an object of a higher one, in text: "booking.Booking:12"."""
    return f"{thing._meta.label}:{thing.pk}"


def actor_name(actor: Actor) -> str:
    """Who acted, as history shows it for ever."""
    return str(actor)[:160]
