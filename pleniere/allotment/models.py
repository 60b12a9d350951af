"""Allotment: rooms asked of hotels, answered, retained, given back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import File, Link, User
from pleniere.catalogue.models import Contact, Contract, Service, Supplier, Terms
from pleniere.common.money import MoneyField, PercentField
from pleniere.common.nights import DAY, Stay
from pleniere.common.shown import nights_of
from pleniere.congress.models import Congress, Pool


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, actor: Any) -> RequestQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Request(models.Model):
    """Asks suppliers for rooms by type and night. Deadline < cut-off ≤ arrival, in the database too."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        SENT = "SENT", _("sent")
        CLOSED = "CLOSED", _("closed")

    MOVES = {State.DRAFT: {State.SENT}, State.SENT: {State.CLOSED}, State.CLOSED: set[State]()}

    class Price(models.TextChoices):
        COMMISSIONABLE = "COMMISSIONABLE", _("public price, from which our commission is taken")
        NET = "NET", _("net price, without commission")

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="requests")
    number = models.CharField(max_length=8, unique=True, null=True)  # 8 digits, of its pk
    title = models.CharField(_("title"), max_length=160, blank=True)
    arrival = models.DateField(_("first night"))
    departure = models.DateField(_("departure"))
    deadline = models.DateTimeField(_("reply before"))
    cutoff = models.DateField(_("cut-off"))
    deadline_date = models.DateField(editable=False)  # the deadline's date where the congress is
    price_is = models.CharField(_("prices asked"), max_length=14, choices=Price, default=Price.COMMISSIONABLE)
    with_breakfast = models.BooleanField(_("breakfast included"), default=True)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, related_name="+")
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+")
    remarks = models.TextField(_("remarks"), max_length=4000, blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    sent_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="request_nights", condition=Q(arrival__lt=F("departure"))),
            models.CheckConstraint(
                name="deadline_then_cutoff_then_arrival",
                condition=Q(deadline_date__lt=F("cutoff"), cutoff__lte=F("arrival")),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    @property
    def stay(self) -> Stay:
        return Stay(self.arrival, self.departure)

    def takes_answers(self, at: datetime) -> bool:
        return self.state == self.State.SENT and at < self.deadline


class Need(models.Model):
    """How many rooms of a type are wanted on a night, and whether a price is asked or only availability."""

    class Kind(models.TextChoices):
        QUOTE = "QUOTE", _("quote")
        AVAILABILITY = "AVAILABILITY", _("availability only")

    request = models.ForeignKey(Request, models.CASCADE, related_name="needs")
    room_type = models.CharField(max_length=12, choices=Service.Room)
    night = models.DateField()
    rooms = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.QUOTE)

    class Meta:
        ordering = ["request", "room_type", "night"]
        constraints = [models.UniqueConstraint(name="need_once", fields=["request", "room_type", "night"])]

    def __str__(self) -> str:
        return f"{self.room_type} {self.night}: {self.rooms}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Any) -> InvitationQuerySet:
        """Staff of the congress; the holder of its link; a contact of the supplier. No hotel ever sees another's."""
        if isinstance(actor, Link):
            pk = actor.subject.partition("allotment.Invitation:")[2]
            return self.filter(pk=pk) if pk else self.none()
        houses = Contact.objects.filter(user=actor, left_at=None) if isinstance(actor, User) else Contact.objects.none()
        mine = ~Q(state="DRAFT") & Q(supplier__in=houses.values("supplier"))
        staffed = Q(congress__in=Congress.objects.staffed_by(actor))
        return self.filter(pk__in=Invitation.objects.filter(staffed | mine).values("pk"))

    def silent(self) -> InvitationQuerySet:
        """Asked, and neither answered nor declined."""
        return self.filter(state__in=[Invitation.State.SENT, Invitation.State.OPENED])


class Invitation(models.Model):
    """One supplier asked. One retired after being asked keeps its row and its answer."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("not sent")
        SENT = "SENT", _("no answer")
        OPENED = "OPENED", _("opened")
        ANSWERED = "ANSWERED", _("answered")
        DECLINED = "DECLINED", _("declined")

    MOVES = {
        State.DRAFT: {State.SENT},
        State.SENT: {State.OPENED, State.ANSWERED, State.DECLINED},
        State.OPENED: {State.ANSWERED, State.DECLINED},
        State.ANSWERED: {State.DECLINED},
        State.DECLINED: {State.ANSWERED},
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, models.PROTECT, related_name="invitations")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="invitations")
    email = models.EmailField(blank=True)  # where it was sent; none: to be asked by phone
    language = models.CharField(max_length=2, default="fr")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=250, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)  # when the hotel last said it has read what changed
    more_time_asked_at = models.DateTimeField(null=True, blank=True)  # it came too late and asked for more days

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["request", "supplier__name"]
        constraints = [models.UniqueConstraint(name="invitation_once", fields=["request", "supplier"])]

    def __str__(self) -> str:
        return f"{self.request} → {self.supplier}"


class Reply(models.Model):
    """A version of one supplier's answer: by whom, from what. At most one draft; a sent one is never edited.

    `typed` holds the words of each field as they were typed: a draft is nothing but these; sending reads them into cells.
    """

    class Via(models.TextChoices):
        LINK = "LINK", _("by the link")
        PHONE = "PHONE", _("by phone")
        MAIL = "MAIL", _("by mail")
        PDF = "PDF", _("by PDF")

    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="replies")
    version = models.PositiveSmallIntegerField()
    is_draft = models.BooleanField(default=True)
    via = models.CharField(max_length=5, choices=Via, default=Via.LINK)
    by = models.CharField(max_length=160)
    source = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")
    remarks = models.TextField(_("remarks"), max_length=4000, blank=True)
    held_until = models.DateField(_("rooms held until"), null=True, blank=True)
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["invitation", "version"]
        constraints = [
            models.UniqueConstraint(name="reply_once", fields=["invitation", "version"]),
            models.UniqueConstraint(name="one_draft", fields=["invitation"], condition=Q(is_draft=True)),
        ]

    def __str__(self) -> str:
        return f"{self.invitation} v{self.version}"


class Cell(models.Model):
    """What a reply offers of one type on one night. Rooms none: not answered; price none: not asked, or not given."""

    reply = models.ForeignKey(Reply, models.CASCADE, related_name="cells")
    room_type = models.CharField(max_length=12, choices=Service.Room)
    night = models.DateField()
    rooms = models.PositiveIntegerField(null=True, blank=True)
    price = MoneyField(null=True, blank=True)

    class Meta:
        ordering = ["reply", "room_type", "night"]
        constraints = [models.UniqueConstraint(name="cell_once", fields=["reply", "room_type", "night"])]

    def __str__(self) -> str:
        return f"{self.room_type} {self.night}: {self.rooms} × {self.price}"


class BlockQuerySet(models.QuerySet["Block"]):
    def visible_to(self, actor: Any) -> BlockQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Block(models.Model):
    """What was retained of a reply: its rooms are Grants (`grant_block`), its prices Prices of the congress."""

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="blocks")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="blocks")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="blocks")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+")
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="+")
    reply = models.ForeignKey(
        Reply, models.PROTECT, null=True, blank=True, related_name="blocks"
    )  # none: agreed without a request
    cutoff = models.DateField(_("cut-off"))
    retained_at = models.DateTimeField()
    retained_by = models.CharField(max_length=160)
    key = models.CharField(max_length=64, unique=True)  # retaining twice under one key is one block
    released_at = models.DateTimeField(null=True, blank=True)  # the cut-off has been done
    agreed = models.JSONField(default=list)  # as written to the hotel: [[type, "2027-04-07", rooms, "its price"], …]
    signed = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")  # the agreement it sent back
    signed_at = models.DateTimeField(null=True, blank=True)

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["congress", "supplier__name"]

    def __str__(self) -> str:
        return f"{self.supplier} ({self.congress.code})"

    @property
    def grant_block(self) -> str:
        """How stock names this block."""
        return f"allotment.Block:{self.pk}"

    def is_due(self, today: date) -> bool:
        return self.released_at is None and self.cutoff <= today


class BlockDue(models.Model):
    """A deposit that the hotel is owed for a block, on a day: what was agreed when it was retained."""

    block = models.ForeignKey(Block, models.CASCADE, related_name="dues")
    on = models.DateField(_("due on"))
    amount = MoneyField(_("amount"))

    class Meta:
        ordering = ["block", "on"]
        constraints = [
            models.UniqueConstraint(name="block_due_once", fields=["block", "on"]),
            models.CheckConstraint(name="block_due_amount", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.block} {self.on}: {self.amount}"


class Release(models.Model):
    """Rooms given back to the hotel, once per key: by the cut-off or by hand."""

    block = models.ForeignKey(Block, models.PROTECT, related_name="releases")
    key = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    is_by_hand = models.BooleanField(default=False)
    rooms = models.JSONField(default=list)  # [[room type's service id, "2027-04-07", rooms], …] as given back
    reason = models.CharField(max_length=250, blank=True)
    is_withdrawal = models.BooleanField(default=False)  # the hotel took back rooms that were sold: a shortfall says so
    undone_at = models.DateTimeField(null=True, blank=True)  # the hotel agreed to leave these rooms with us after all
    undone_by = models.CharField(max_length=160, blank=True)
    undone_why = models.CharField(max_length=250, blank=True)

    class Meta:
        ordering = ["block", "pk"]
        constraints = [models.UniqueConstraint(name="release_once", fields=["block", "key"])]

    def __str__(self) -> str:
        return f"{self.block} {self.key}"

    @property
    def room_nights(self) -> int:
        return sum(rooms for _service, _night, rooms in self.rooms)


class Step(models.Model):
    """Part of the rooms goes back on a day before the cut-off: a share of all that was granted at first, or of what is unsold.

    A share is counted night by night and rounded down: no more goes back than was agreed.
    """

    class Base(models.TextChoices):
        UNSOLD = "UNSOLD", _("of what is unsold")
        GRANTED = "GRANTED", _("of all the rooms")

    on = models.DateField(_("on"))
    percent = PercentField(_("share, %"), default=100)
    base = models.CharField(_("of what"), max_length=7, choices=Base, default=Base.UNSOLD)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.on}: {self.percent:f} % {self.base}"

    def rooms(self, *, granted: int, unsold: int) -> int:
        """How many rooms of a night the step gives back."""
        return int((granted if self.base == self.Base.GRANTED else unsold) * self.percent / 100)


class RequestStep(Step):
    """A step as it was asked of every hotel; each block is retained with its own copy."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="steps")

    class Meta:
        ordering = ["request", "on"]
        constraints = [
            models.UniqueConstraint(name="request_step_once", fields=["request", "on"]),
            models.CheckConstraint(name="request_step_share", condition=Q(percent__gt=0, percent__lte=100)),
        ]


class BlockStep(Step):
    """A step of one block, done by the worker when its day comes."""

    block = models.ForeignKey(Block, models.CASCADE, related_name="steps")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["block", "on"]
        constraints = [
            models.UniqueConstraint(name="block_step_once", fields=["block", "on"]),
            models.CheckConstraint(name="block_step_share", condition=Q(percent__gt=0, percent__lte=100)),
        ]


class ScenarioQuerySet(models.QuerySet["Scenario"]):
    def visible_to(self, actor: Any) -> ScenarioQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Scenario(models.Model):
    """A named way to cover a request: how many rooms of which cells. It decides nothing: retaining does."""

    class State(models.TextChoices):
        READY = "READY", _("ready")
        SOLVING = "SOLVING", _("being computed")
        IMPOSSIBLE = "IMPOSSIBLE", _("no solution")

    MOVES = {
        State.READY: {State.SOLVING},
        State.SOLVING: {State.READY, State.IMPOSSIBLE},
        State.IMPOSSIBLE: {State.SOLVING, State.READY},
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="scenarios")
    request = models.ForeignKey(Request, models.CASCADE, related_name="scenarios")
    name = models.CharField(_("name"), max_length=80)
    markup = PercentField(_("added to what we buy, %"), default=0)  # where the contract is ours to sell under
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    wishes = models.JSONField(default=dict)  # what the solver was asked, as `solving.Wishes` reads it
    said = models.JSONField(default=dict)  # what it answered: gap, seconds, what to give up, what stays uncovered
    asked = models.PositiveIntegerField(default=0)  # how many times the solver was asked: the last asking alone may write
    chosen_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        ordering = ["request", "pk"]
        constraints = [models.UniqueConstraint(name="scenario_once", fields=["request", "name"])]

    def __str__(self) -> str:
        return self.name


class ScenarioCell(models.Model):
    """So many rooms of one cell of an answer. The answer it was read in stays known when the hotel answers anew."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="cells")
    cell = models.ForeignKey(Cell, models.CASCADE, related_name="+")
    rooms = models.PositiveIntegerField()

    class Meta:
        ordering = ["scenario", "cell"]
        constraints = [
            models.UniqueConstraint(name="scenario_cell_once", fields=["scenario", "cell"]),
            models.CheckConstraint(name="scenario_cell_rooms", condition=Q(rooms__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.scenario}: {self.rooms} × {self.cell}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, actor: Any) -> ProposalQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))

    def open(self) -> ProposalQuerySet:
        """Those that wait for the bureau."""
        return self.filter(state=Proposal.State.OPEN)


class Proposal(models.Model):
    """What a hotel asks of its rooms on sale, once per key: more of them, or some back.

    More at the agreed price is live at once (ACCEPTED as it is made); all else waits for the bureau.
    """

    class Kind(models.TextChoices):
        GIVE = "GIVE", _("more rooms")
        BACK = "BACK", _("rooms back")

    class State(models.TextChoices):
        OPEN = "OPEN", _("waits for the bureau")
        ACCEPTED = "ACCEPTED", _("accepted")
        REFUSED = "REFUSED", _("refused")

    MOVES = {State.OPEN: {State.ACCEPTED, State.REFUSED}}

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="+")
    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="proposals")
    block = models.ForeignKey(Block, models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=4, choices=Kind)
    room_type = models.CharField(max_length=12, choices=Service.Room)
    first = models.DateField()
    last = models.DateField()  # the last night, included
    rooms = models.PositiveIntegerField()  # of each night
    price = MoneyField(null=True, blank=True)  # none: the price agreed
    remark = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=160, blank=True)
    why = models.CharField(max_length=250, blank=True)
    key = models.CharField(max_length=64)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="proposal_once", fields=["invitation", "key"]),
            models.CheckConstraint(name="proposal_nights", condition=Q(first__lte=F("last"), rooms__gt=0)),
        ]

    def __str__(self) -> str:
        facts = {"kind": self.get_kind_display(), "rooms": self.rooms, "room": self.get_room_type_display()}
        return gettext("%(kind)s: %(rooms)s × %(room)s, %(nights)s") % {**facts, "nights": nights_of(self.first, self.last)}

    @property
    def stay(self) -> Stay:
        return Stay(self.first, self.last + DAY)


class Paper(models.Model):
    """What a hotel uploaded with its answer: its contract, its terms. The office reads it; the hotel may take it back."""

    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="papers")
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    by = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="paper_once", fields=["invitation", "file"])]

    def __str__(self) -> str:
        return self.file.name


class Edition(models.Model):
    """A past edition of a congress: what was taken up night by night, to know how many rooms to ask for."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="editions")  # the one that is prepared
    name = models.CharField(_("edition"), max_length=80)
    starts = models.DateField(_("first day"))
    heads = models.PositiveIntegerField(_("participants"))
    no_show = PercentField(_("no-shows, %"), default=0)
    source = models.ForeignKey(Congress, models.SET_NULL, null=True, blank=True, related_name="+")  # one of ours; none: a file
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)

    class Meta:
        ordering = ["congress", "starts", "pk"]
        constraints = [models.UniqueConstraint(name="edition_once", fields=["congress", "name"])]

    def __str__(self) -> str:
        return self.name


class EditionNight(models.Model):
    """Rooms taken on a night, counted from the edition's first day (−1: the evening before); who arrived, where it was counted."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="nights")
    offset = models.SmallIntegerField()
    rooms = models.PositiveIntegerField()
    arrivals = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["edition", "offset"]
        constraints = [models.UniqueConstraint(name="edition_night_once", fields=["edition", "offset"])]

    def __str__(self) -> str:
        return f"{self.edition} {self.offset:+d}: {self.rooms}"
