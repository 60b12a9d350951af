"""The congress: what is sold in it, to whom, at what price, from which stock, in which steps."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Min, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import STAFF, Client, Role, User
from pleniere.accounts.rights import SYSTEM, bureau_roles
from pleniere.catalogue.models import Basis, Contract, Rate, Service, Supplier, Terms
from pleniere.common.money import ZERO, MoneyField, percent_of
from pleniere.common.words import LocalTextField, fold

NO_DAY = Value(date(1900, 1, 1), models.DateField())  # two empty dates are equal in a key; NULLs would not be
CODE = RegexValidator(r"^[A-Za-z0-9_.-]+$", _("Letters, digits, dot, hyphen and underscore only."))


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


class Audience(models.Model):
    """Who pays what and may take what. Falls back to another **for prices** only."""

    class Kind(models.TextChoices):
        DELEGATE = "DELEGATE", _("delegate")
        COMPANION = "COMPANION", _("companion")

    class Proof(models.TextChoices):
        NONE = "NONE", _("none: one's word")
        CODE = "CODE", _("a code")
        LIST = "LIST", _("a list of names")
        AGENT = "AGENT", _("an agent says so")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="audiences")
    code = models.CharField(_("code"), max_length=20, validators=[CODE])
    name = LocalTextField(_("name"))
    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.DELEGATE)
    proof = models.CharField(_("proof"), max_length=5, choices=Proof, default=Proof.NONE)
    secret = models.CharField(_("its code"), max_length=40, blank=True)  # for CODE
    listed = models.TextField(_("its list, one e-mail a line"), blank=True)  # for LIST
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
    """A bucket of stock: the congress's own (CONGR), kept apart from leisure stock (D6)."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="pools")
    code = models.CharField(_("code"), max_length=20, default="CONGR", validators=[CODE])
    name = LocalTextField(_("name"))

    class Meta:
        constraints = [models.UniqueConstraint(name="pool_once", fields=["congress", "code"])]

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
