"""Bookings: who comes, what is taken, what it costs, who pays; and everything that was ever changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pleniere.accounts.models import Client, File, Link, User, subject_of
from pleniere.catalogue.models import Basis, Contract, Rate, Supplier, Terms
from pleniere.common.money import MoneyField, PercentField, with_vat
from pleniere.common.nights import DAY, Stay
from pleniere.common.words import LocalText, fold
from pleniere.congress.models import Audience, Congress, Discount, LegalText, Method, Offer


def new_key() -> str:
    return uuid.uuid4().hex


class BookingQuerySet(models.QuerySet["Booking"]):
    def visible_to(self, actor: Any) -> BookingQuerySet:
        """Bureau staff: the congresses it works in. A link: its own booking. Organisers and suppliers read lists, not bookings."""
        if isinstance(actor, Link):
            pk = actor.subject.partition("booking.Booking:")[2]
            return self.filter(pk=pk) if pk else self.none()
        return self.filter(congress__in=Congress.objects.staffed_by(actor))

    def placed(self) -> BookingQuerySet:
        """What is a file, no longer a cart."""
        return self.filter(placed_at__isnull=False)


class Booking(models.Model):
    """A cart known by its link until `placed_at`, then a file with its 8-digit number."""

    class Kind(models.TextChoices):
        GUEST = "GUEST", _("guest")
        GROUP = "GROUP", _("group")
        MASTER = "MASTER", _("organiser’s account")

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="bookings")
    number = models.CharField(max_length=8, unique=True, null=True)  # of its pk: set when made
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.GUEST)
    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="bookings")
    language = models.CharField(max_length=2, default="fr")
    seller = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # none: the public form
    comment = models.TextField(_("comment"), max_length=4000, blank=True)
    vouchers = models.JSONField(default=list, blank=True)  # keys of the discounts whose code was typed
    version = models.PositiveIntegerField(default=1)
    held_until = models.DateTimeField(null=True, blank=True)  # the cart's timer
    prolonged = models.PositiveSmallIntegerField(default=0)
    terms_accepted = models.ForeignKey(LegalText, models.PROTECT, null=True, blank=True)
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    terms_accepted_from = models.GenericIPAddressField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)  # its first firm line
    search = models.TextField(editable=False, default="")

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_master", fields=["congress"], condition=Q(kind="MASTER")),
        ]
        indexes = [
            models.Index(fields=["congress", "-placed_at"]),
            models.Index(name="open_carts", fields=["held_until"], condition=Q(placed_at=None)),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    def fold_search(self, persons: Iterable[Person] | None = None) -> str:
        """What a search finds it by; written by the actions that change it. `persons`: all of its own, if known already."""
        client = self.client
        found = self.persons.all() if persons is None and self.pk else persons or ()
        names = [f"{p.last_name} {p.first_name} {p.institution}" for p in found]
        return fold(self.number, client and client.search, *names)


class Person(models.Model):
    """A human, or a place kept for one ("to be named" of an institution). A companion leans on a delegate."""

    class Title(models.TextChoices):
        MRS = "MRS", _("Ms")
        MR = "MR", _("Mr")
        NONE = "", _("–")

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="persons")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(pgettext_lazy("of a person", "title"), max_length=4, blank=True, choices=Title)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    institution = models.CharField(_("institution"), max_length=160, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    is_unnamed = models.BooleanField(_("to be named"), default=False)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    is_minor = models.BooleanField(_("minor"), default=False)
    audience = models.ForeignKey(Audience, models.PROTECT, null=True, blank=True, related_name="+")
    is_proved = models.BooleanField(default=False)  # else priced and admitted as the fall-back
    companion_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="companions")

    class Meta:
        ordering = ["booking", "position", "pk"]

    def __str__(self) -> str:
        if self.is_unnamed:
            return f"NR {self.institution}".strip()
        return f"{self.first_name} {self.last_name}".strip() or f"NR {self.institution}".strip()

    @property
    def link_owner(self) -> Booking:
        return self.booking


class Payer(models.Model):
    """Who pays part of one booking. `reference` is what a transfer must bear: booking, payer number, check digits."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="payers")
    number = models.PositiveSmallIntegerField(default=1)
    reference = models.CharField(max_length=12, unique=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="payers")
    method = models.ForeignKey(Method, models.PROTECT, null=True, blank=True)
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+")
    siret = models.CharField(max_length=14, blank=True)
    service_code = models.CharField(max_length=100, blank=True)
    engagement = models.CharField(_("order or engagement number"), max_length=50, blank=True)
    order_signed_on = models.DateField(_("order signed on"), null=True, blank=True)
    order_file = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["booking", "number"]
        constraints = [models.UniqueConstraint(name="payer_once", fields=["booking", "number"])]

    def __str__(self) -> str:
        return f"{self.client} ({self.reference})"

    @property
    def link_owner(self) -> Booking:
        return self.booking


class LineQuerySet(models.QuerySet["Line"]):
    def counted(self) -> LineQuerySet:
        """Those that are in totals: held, option or firm."""
        return self.filter(state__in=Line.COUNTED)

    def alive(self) -> LineQuerySet:
        return self.exclude(state=Line.State.CANCELLED)


class Line(models.Model):
    """(C) What is taken: an offer by a rate, from `start` up to `end` (not included). Its `key` owns its stock claims."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        HELD = "HELD", _("held")
        OPTION = "OPTION", _("option")
        FIRM = "FIRM", _("firm")
        WAITING = "WAITING", _("waiting")
        CANCELLED = "CANCELLED", _("cancelled")

    COUNTED = (State.HELD, State.OPTION, State.FIRM)
    MOVES = {
        State.DRAFT: {State.HELD, State.OPTION, State.FIRM, State.WAITING},
        State.HELD: {State.DRAFT, State.OPTION, State.FIRM, State.WAITING, State.CANCELLED},
        State.OPTION: {State.FIRM, State.CANCELLED},
        State.FIRM: {State.CANCELLED},
        State.WAITING: {State.HELD, State.OPTION, State.CANCELLED},
        State.CANCELLED: {State.OPTION, State.FIRM},  # revived by claiming again, after a lapse
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="lines")
    key = models.CharField(max_length=32, unique=True, default=new_key)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="lines")
    rate = models.ForeignKey(Rate, models.PROTECT, related_name="lines")
    start = models.DateField()
    end = models.DateField()
    quantity = models.PositiveIntegerField(default=1)
    persons = models.ManyToManyField(Person, through="LinePerson", related_name="lines")
    heads = models.PositiveSmallIntegerField(default=1)  # persons of one unit, named or not
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, blank=True, related_name="lines")  # none: the booking's first
    room_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="sleepers")
    because_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="consequences")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    is_penalty = models.BooleanField(default=False)  # FIRM when made, due at once, never lapses
    despite = models.CharField(max_length=200, blank=True, default="")  # why an agent sold it against its hotel's rule of stay
    until = models.DateTimeField(null=True, blank=True)  # of an option or a hold
    expiring_since = models.DateField(null=True, blank=True)  # the working day it stood on the "expiring" list
    priced_on = models.DateField(null=True, blank=True)  # the congress's date it last left DRAFT
    lapsed_at = models.DateTimeField(null=True, blank=True)  # cancelled by lapse: a late payment may revive it
    version = models.PositiveIntegerField(default=1)
    seen_version = models.PositiveIntegerField(default=0)  # what the supplier has taken into its system
    supplier_number = models.CharField(max_length=40, blank=True)  # the hotel's own number
    made_at = models.DateTimeField(auto_now_add=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ["booking", "pk"]
        constraints = [
            models.CheckConstraint(name="line_dates", condition=Q(start__lt=F("end"))),
            models.CheckConstraint(name="line_some", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="line_states", condition=Q(state__in=["DRAFT", "HELD", "OPTION", "FIRM", "WAITING", "CANCELLED"])
            ),
        ]
        indexes = [
            models.Index(fields=["congress", "state", "start"]),
            models.Index(name="options_ending", fields=["until"], condition=Q(state="OPTION")),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.start} – {self.end}"

    @property
    def stay(self) -> Stay:
        return Stay(self.start, self.end)

    @property
    def shown_end(self) -> date:
        """What stands as its end: the departure of a lodging, the last day of anything else."""
        return self.end if self.rate.by_night else self.end - DAY

    @property
    def is_counted(self) -> bool:
        return self.state in self.COUNTED

    def held_through(self, congress: Congress) -> date | None:
        """The last day an option or a hold still stands, where the congress is; it ends at that day's midnight at the latest."""
        return congress.local_date(self.until - timedelta(seconds=1)) if self.until else None

    @property
    def link_owner(self) -> Booking:
        return self.booking

    @property
    def towards_supplier(self) -> str:
        """NEW, AMENDED, CANCELLED or ACKNOWLEDGED: what the supplier still has to take into its system."""
        if self.seen_version == self.version:
            return "ACKNOWLEDGED"
        if self.state == self.State.CANCELLED:
            return "CANCELLED"
        return "AMENDED" if self.seen_version else "NEW"


class LinePerson(models.Model):
    """Who sleeps, eats or goes."""

    line = models.ForeignKey(Line, models.CASCADE)
    person = models.ForeignKey(Person, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(name="line_person_once", fields=["line", "person"])]

    def __str__(self) -> str:
        return f"{self.line_id} {self.person_id}"


class ChargeQuerySet(models.QuerySet["Charge"]):
    def live(self) -> ChargeQuerySet:
        """Those that count: not struck."""
        return self.filter(struck_at=None)


class Charge(models.Model):
    """(F) What a line costs, frozen once held: a change strikes it and makes another. Only `commission` may be overridden."""

    class Kind(models.TextChoices):
        SALE = "SALE", _("sale")
        DISCOUNT = "DISCOUNT", _("discount")
        TAX = "TAX", _("tourist tax")
        PENALTY = "PENALTY", _("cancellation fee")

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    line = models.ForeignKey(Line, models.PROTECT, related_name="charges")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SALE)
    rate = models.ForeignKey(Rate, models.PROTECT, null=True, blank=True, related_name="+")
    label = models.JSONField(default=dict)  # {language: text}, as sold
    start = models.DateField()
    end = models.DateField()
    units = models.PositiveIntegerField()
    unit = MoneyField()
    basis = models.CharField(max_length=5, choices=Basis, default=Basis.GROSS)
    vat = PercentField()
    total = MoneyField()  # VAT included
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, blank=True, related_name="charges")  # none: still a cart
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="charges")
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, blank=True, related_name="+")
    mode = models.CharField(max_length=8, choices=Contract.Mode)
    bought = MoneyField()
    commission = MoneyField(default=0)  # VAT included
    commission_vat = PercentField(default=0)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    discount = models.ForeignKey(Discount, models.PROTECT, null=True, blank=True, related_name="charges")
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.CharField(max_length=160, blank=True)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        ordering = ["line", "pk"]
        constraints = [
            models.CheckConstraint(
                name="only_discounts_negative", condition=Q(kind="DISCOUNT", total__lte=0) | ~Q(kind="DISCOUNT") & Q(total__gte=0)
            ),
            models.CheckConstraint(
                name="agents_buy_what_they_sell", condition=~Q(mode__in=["AGENT", "DIRECT"]) | Q(bought=F("total"))
            ),
            models.CheckConstraint(name="tax_without_commission", condition=~Q(kind="TAX") | Q(mode="AGENT", commission=0)),
        ]
        indexes = [models.Index(fields=["supplier", "congress"])]

    def __str__(self) -> str:
        return f"{self.line_id} {self.total}"

    @property
    def is_by_hand(self) -> bool:
        """Agreed by an agent beside what the prices make (a difference the house bears or keeps): not theirs to undo."""
        return self.rate_id is None or (self.kind == self.Kind.DISCOUNT and self.discount_id is None)

    @property
    def text(self) -> str:
        """What was sold, as it was called then, in the reader's language."""
        return str(LocalText(self.label))

    @property
    def shown_end(self) -> date:
        return self.end if self.rate and self.rate.by_night else self.end - DAY

    @property
    def gross_unit(self) -> Decimal:
        """The unit price with its VAT."""
        return with_vat(self.unit, self.vat) if self.basis == Basis.NET else self.unit


class Change(models.Model):
    """Who altered what of a booking and why; before its yes, what would happen. History and amendment in one."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        APPLIED = "APPLIED", _("applied")
        DROPPED = "DROPPED", _("dropped")

    key = models.CharField(max_length=64, unique=True, default=new_key)
    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="changes")
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="changes")
    verb = models.CharField(max_length=40)  # "line.added", "line.cancelled", "person.renamed", "payment.received" …
    state = models.CharField(max_length=8, choices=State, default=State.APPLIED)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    reason = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    asked = models.JSONField(null=True, blank=True)
    effect = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["booking", "pk"]
        indexes = [models.Index(name="client_questions", fields=["congress"], condition=Q(verb="client.asked"))]

    def __str__(self) -> str:
        return f"{self.verb} {subject_of(self.booking)}"
