"""One look at one cart: its people, its lines, its stages. Read once per page, in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pleniere.booking.actions import PROLONGATIONS, booking_dues
from pleniere.booking.content import Content, content, with_content
from pleniere.booking.dues import deposit
from pleniere.booking.models import Booking, Line, Person
from pleniere.booking.queries import Row, rows_in
from pleniere.booking.selling import audience_of
from pleniere.booking.staying import wrong_stays
from pleniere.catalogue.models import Contract
from pleniere.common.money import total
from pleniere.common.rows import Prepared, Rows, objects
from pleniere.congress.models import Offer, Step
from pleniere.congress.programme import Programme

from .models import Draft

CART, CONTACT, PAYMENT, DONE = "cart", "contact", "payment", "done"
FIXED = {
    CART: (gettext_lazy("Cart"), "cart"),
    CONTACT: (gettext_lazy("Your details"), "person"),
    PAYMENT: (gettext_lazy("Payment"), "card"),
    DONE: (gettext_lazy("Confirmation"), "check"),
}


@dataclass
class Stage:
    """A page of the form: a step of the congress, or one of the four that every congress ends with."""

    code: str
    number: int
    title: str
    icon: str
    step: Step | None = None
    problems: list[str] = field(default_factory=list)  # why it is not complete
    is_done: bool = False
    shut_by: str = ""  # why it cannot be opened yet

    @property
    def kind(self) -> str:
        return self.step.kind if self.step else self.code.upper()


@dataclass
class Visit:
    """What a page shows of a cart. `drafts` are words as typed, by field."""

    content: Content
    drafts: dict[str, str]
    at: datetime

    @property
    def booking(self) -> Booking:
        return self.content.booking

    @cached_property
    def plan(self) -> Programme:
        return self.content.plan

    @property
    def persons(self) -> list[Person]:
        return self.content.persons

    @cached_property
    def rows(self) -> list[Row]:
        return [row for row in rows_in(self.content) if row.line.state != Line.State.CANCELLED]

    @cached_property
    def delegates(self) -> list[Person]:
        return [person for person in self.persons if not person.companion_of_id]

    @cached_property
    def companions(self) -> list[Person]:
        return [person for person in self.persons if person.companion_of_id]

    @cached_property
    def total(self) -> Decimal:
        return total(row.total for row in self.rows if row.line.is_counted) + total(
            charge.total for row in self.rows if row.line.state == Line.State.DRAFT for charge in row.charges
        )

    @cached_property
    def lost(self) -> list[Row]:
        """Lines the cart still names and no longer holds: its time is over, and another may take what they took."""
        over = {Line.State.DRAFT, *([] if self.is_holding else [Line.State.HELD])}
        return [row for row in self.rows if row.line.state in over] if self.booking.placed_at is None else []

    @property
    def is_holding(self) -> bool:
        """Is the cart's time running?"""
        return self.booking.held_until is not None and self.at < self.booking.held_until

    @property
    def seconds_left(self) -> int:
        return int((self.booking.held_until - self.at).total_seconds()) if self.is_holding and self.booking.held_until else 0

    @property
    def prolongations_left(self) -> int:
        return max(0, PROLONGATIONS - self.booking.prolonged)

    @cached_property
    def due(self) -> Decimal:
        """Of the total, what is asked by us: not what is paid at the hotel."""
        charges = [charge for row in self.rows for charge in row.charges if charge.struck_at is None]
        return total(charge.total for charge in charges if charge.mode != Contract.Mode.DIRECT)

    @cached_property
    def due_now(self) -> Decimal:
        """Of what is asked by us, what an order of today asks at once: the deposit where the terms have one."""
        lines = [row.line for row in self.rows]
        charges = [charge for row in self.rows for charge in row.charges if charge.struck_at is None]
        today = self.booking.congress.local_date(self.at)
        return deposit(booking_dues(self.booking, lines, charges, buyer=0, order=today), today=today)

    def takers(self, offer: Offer) -> set[int]:
        """Persons who have this offer in the cart."""
        return {person.pk for row in self.rows if row.line.offer_id == offer.pk for person in row.persons}

    def admitted(self, offer: Offer) -> list[Person]:
        """Whom of the booking the offer is for."""
        return [person for person in self.persons if self.plan.admits(offer, audience_of(self.plan, person))]

    @cached_property
    def stages(self) -> list[Stage]:
        """Every stage with what is missing, what is done and what is shut; the cart's problems shut what follows it."""
        found = [
            Stage(step.code, number, str(step.title), step.icon or step.kind.lower(), step)
            for number, step in enumerate(self.plan.open_steps, start=1)
        ]
        blocked = False
        for stage in found:
            stage.problems = self._problems(stage)
            blocked = blocked or bool(stage.problems)
            stage.is_done = not stage.problems and (self._has_lines(stage) or f"passed.{stage.code}" in self.drafts)
            if stage.kind != Step.Kind.PERSONS and not self.persons:
                stage.shut_by = _("opens once somebody is registered")
        for number, code in enumerate(FIXED, start=len(found) + 1):
            title, icon = FIXED[code]
            found.append(Stage(code, number, str(title), icon))
        self._shut(found[-4:], blocked)
        return found

    def stage(self, code: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.code == code), None)

    def after(self, code: str) -> Stage:
        codes = [stage.code for stage in self.stages]
        return self.stages[min(codes.index(code) + 1, len(codes) - 1)]

    def before(self, code: str) -> Stage | None:
        codes = [stage.code for stage in self.stages]
        return self.stages[codes.index(code) - 1] if codes.index(code) else None

    @cached_property
    def problems(self) -> list[str]:
        """Everything that blocks the order."""
        found = [problem for stage in self.stages for problem in stage.problems]
        return found + ([] if self.rows else [_("Your cart is empty.")])

    def _shut(self, last: list[Stage], blocked: bool) -> None:
        cart, contact, payment, done = last
        placed = self.booking.placed_at is not None
        cart.is_done = bool(self.rows) and not blocked
        contact.is_done = "passed.contact" in self.drafts
        payment.is_done = done.is_done = placed
        if not self.persons:
            cart.shut_by = _("opens once somebody is registered")
        if blocked or not self.rows:
            contact.shut_by = payment.shut_by = _("opens once the cart is complete")
        elif not contact.is_done:
            payment.shut_by = _("opens once your details are given")
        if not placed:
            done.shut_by = _("opens once the order is placed")

    def _has_lines(self, stage: Stage) -> bool:
        if stage.kind == Step.Kind.PERSONS:
            return bool(self.persons)
        return any(row.line.offer.step_id == stage.step.pk for row in self.rows) if stage.step else False

    def _problems(self, stage: Stage) -> list[str]:
        if stage.step is None:
            return []
        if stage.kind == Step.Kind.PERSONS:
            return [] if self.delegates else [_("Nobody is registered yet.")]
        offers = [offer for offer in self.plan.offers_of(stage.step) if not offer.office_only]
        found = [*self._missing_mandatory(offers), *self._missing_groups(offers)]
        return [*found, *self._wrong_stays()] if stage.kind == Step.Kind.LODGING else found

    def _wrong_stays(self) -> list[str]:
        """Rooms of the cart that their hotels do not sell so: some nights were taken out, or a rule came since."""
        if self.booking.placed_at is not None:
            return []
        lines, on_line = self.content.in_state(Line.State.DRAFT, Line.State.HELD), self.content.on_line
        wrong = wrong_stays(self.plan, lines, lines, on_line)
        return list(dict.fromkeys(_("Not sold for these dates. %(why)s.") % {"why": each} for each in wrong))

    def _missing_mandatory(self, offers: list[Offer]) -> list[str]:
        found = []
        for offer in offers:
            if offer.is_mandatory:
                admitted = {person.pk for person in self.admitted(offer)}
                missing = [p for p in self.delegates if p.pk in admitted and p.pk not in self.takers(offer)]
                found += [
                    _("%(offer)s is compulsory: %(person)s does not have it yet.") % {"offer": offer, "person": person}
                    for person in missing
                ]
        return found

    def _missing_groups(self, offers: list[Offer]) -> list[str]:
        groups: dict[str, list[Offer]] = {}
        for offer in offers:
            if offer.one_of:
                groups.setdefault(offer.one_of, []).append(offer)
        found = []
        for members in groups.values():
            able = {person.pk for offer in members for person in self.admitted(offer)}
            has = {pk for offer in members for pk in self.takers(offer)}
            missing = [str(person) for person in self.delegates if person.pk in able - has]
            if missing:
                choice = ", ".join(str(offer) for offer in members)
                found.append(
                    ngettext(
                        "Choose at least one for %(who)s: %(choice)s.",
                        "Choose at least one for each of %(who)s: %(choice)s.",
                        len(missing),
                    )
                    % {"who": ", ".join(missing), "choice": choice}
                )
        return found


def look(booking: Booking, *, at: datetime | None = None) -> Visit:
    """The cart as it is at `at`, now if not said."""
    found = BY_PK.first(booking.pk)
    if found is None:
        raise Booking.DoesNotExist
    return visit_of(found, at=at or timezone.now())


def with_drafts(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Bookings that bring with them, in the same statement, all that a visit shows."""
    drafts = Rows(Draft, "booking_id = %(expressions)s", "field", "value")
    return with_content(bookings).annotate(drafts_=drafts)


BY_PK = Prepared(lambda pk: with_drafts(Booking.objects.filter(pk=pk)))


def visit_of(booking: Booking, *, at: datetime) -> Visit:
    """Of one that `with_drafts` has read."""
    read = vars(booking)["drafts_"] if booking.placed_at is None else None
    drafts = {draft.field: draft.value for draft in objects(Draft, read, "field", "value")}
    return Visit(content(booking), drafts, at)
