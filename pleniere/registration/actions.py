"""What the public form does: remembers words, places the order, tells the buyer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from pleniere.accounts import links
from pleniere.accounts.actions import the_bureau
from pleniere.accounts.models import Client, Link, subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions import AlreadyPlaced, Buyer, Outdated, Placed, Share, open_cart, place_booking
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.content import content_of
from pleniere.booking.models import Booking
from pleniere.booking.queries import rows_in
from pleniere.congress.models import Congress, LegalText, Method
from pleniere.messaging import jobs, outbox

from .models import Draft, Turn
from .papers import calendar_file, confirmation_pdf, summary_of
from .queue import enter_by
from .visit import Visit, look

LONGEST = 4000
KNOWN_FOR = timedelta(days=400)  # how long after its end a congress still answers "I already have a booking"
FIELDS_MOST = 1_200  # words of one cart: fifty people with their companions, and more


class NotComplete(Exception):
    """Something compulsory is missing. `problems` say what."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("; ".join(problems))


class ClosedNow(Exception):
    """Registration is not, or no longer, open."""


class NobodyToTell(Exception):
    """There is no address to write to."""


@transaction.atomic
def begin(congress: Congress, *, language: str, at: datetime, turn: Turn | None = None) -> tuple[Booking, Link]:
    """An empty cart with the link that is its key; where one queues, by a turn that has come, once. Raises ClosedNow, NotYourTurn."""
    if not congress.is_open(at):
        raise ClosedNow
    if congress.queue_places:
        return enter_by(turn, lambda: _new_cart(congress, language=language, at=at), at=at)
    return _new_cart(congress, language=language, at=at)


def _new_cart(congress: Congress, *, language: str, at: datetime) -> tuple[Booking, Link]:
    booking = open_cart(congress, language=language, at=at)
    return booking, links.make_first(Link.Purpose.BOOKING, booking)


def forget_drafts(booking: Booking, prefix: str) -> None:
    """These words have become what they were typed for."""
    booking.drafts.filter(field__startswith=prefix).delete()


def save_drafts(booking: Booking, words: Mapping[str, str], *, at: datetime, known: int | None = None) -> None:
    """Keep words as typed, field by field; the last left wins. Text no longer than a page of it, so many fields a cart.

    `known` is how many it has, if that has been read.
    """
    if not words or (booking.drafts.count() if known is None else known) + len(words) > FIELDS_MOST:
        return
    rows = [
        Draft(booking=booking, field=name[:80], value=value.replace("\x00", "")[:LONGEST], at=at) for name, value in words.items()
    ]
    Draft.objects.bulk_create(rows, update_conflicts=True, unique_fields=["booking", "field"], update_fields=["value", "at"])


@transaction.atomic
def place_order(
    booking: Booking,
    *,
    buyer: Buyer | Client,
    method: Method | None,
    terms: LegalText | None,
    shown: Decimal,
    by: Actor,
    at: datetime,
    comment: str = "",
    address: str | None = None,
    engagement: str = "",
    shares: Sequence[Share] = (),
    even_incomplete: bool = False,
    visit: Visit | None = None,
    then: Callable[[Placed], dict[str, Any]] | None = None,
) -> Booking:
    """Place a complete cart and tell the buyer. A repeat returns the booking it made. No `method`: nothing is to be paid to us.

    `visit` is the cart as the request has just read it, before the lock: what another tab changed meanwhile is looked at anew.
    `shares` are others who pay a part; `then` is done in the same transaction, with the order (`place_booking`).

    An agent may place one `even_incomplete`, for a caller who does without what is compulsory.

    Raises NotComplete, ClosedNow, and what `place_booking` raises; nothing has happened then.
    """
    require(by, "booking.cart", booking)
    if even_incomplete:
        require(by, "booking.edit", booking)
    order: dict[str, Any] = {"buyer": buyer, "method": method, "terms": terms, "shown": shown, "by": by, "at": at, "then": then}
    order |= {"comment": comment, "address": address, "engagement": engagement, "shares": shares}
    try:
        try:
            booking = _place(visit or look(booking, at=at), order, even_incomplete=even_incomplete)
        except Outdated:
            booking = _place(look(lock(booking), at=at), order, even_incomplete=even_incomplete)
    except AlreadyPlaced:
        return Booking.objects.get(pk=booking.pk)
    jobs.enqueue("pleniere.registration.tasks.tell_buyer", key=f"confirmation-{booking.pk}-{booking.version}", booking=booking.pk)
    return booking


def _place(visit: Visit, order: Mapping[str, Any], *, even_incomplete: bool) -> Booking:
    """Place what was looked at, if it is complete. Raises Outdated when the cart is another by now."""
    booking = visit.booking
    if booking.placed_at is None:
        if isinstance(order["by"], Link) and not booking.congress.is_open(order["at"]):
            raise ClosedNow
        if visit.problems and not even_incomplete:
            raise NotComplete(visit.problems)
    return place_booking(booking, **order, read=visit.content)


def confirm_by_mail(booking: Booking, *, key: str) -> None:
    """The acknowledgement the law asks for: what was ordered, what is due, how to pay, with its PDF and calendar.

    Run by the worker: nothing is set or mailed while the order holds its locks.
    """
    client = booking.client
    if client is None or not client.email:
        return
    every = rows_in(content_of(booking))
    with translation.override(booking.language):
        summary = summary_of(booking, every)  # the mail, its PDF and its calendar say the same
    outbox.queue(
        "registration/confirmation",
        to=client.email,
        to_name=client.greeted,
        key=key,
        language=booking.language,
        about=f"booking.Booking:{booking.pk}",
        congress_id=booking.congress_id,
        attachments=[
            (f"confirmation-{booking.number}.pdf", "application/pdf", confirmation_pdf(booking, summary)),
            (f"congres-{booking.number}.ics", "text/calendar; charset=utf-8", calendar_file(booking, every)),
        ],
        link=links.url(links.make(Link.Purpose.BOOKING, booking)),
        booking=booking,
        summary=summary,
    )


@transaction.atomic
def send_resume_link(booking: Booking, *, to: str, by: Actor, at: datetime) -> None:
    """Mail the link that resumes this cart or opens this booking; once an hour to an address, so that nobody is flooded."""
    require(by, "booking.see", booking)
    _mail_links([booking], to=to, key=f"resume-{booking.pk}", at=at, language=booking.language)


@transaction.atomic
def send_known_links(email: str, *, language: str, at: datetime) -> None:
    """Mail to `email` the links of its bookings and carts; nothing, and no sign of it, when it has none."""
    mine = Q(client__email__iexact=email) | Q(placed_at=None, drafts__field="contact.email", drafts__value__iexact=email)
    since = at - KNOWN_FOR
    found = Booking.objects.filter(mine, congress__ends__gte=since.date()).exclude(kind=Booking.Kind.MASTER).distinct()
    bookings = list(found.select_related("congress", "client").order_by("-pk")[:20])
    if bookings:
        _mail_links(bookings, to=email, key="known", at=at, language=language)


@transaction.atomic
def ask_agent(booking: Booking, text: str, *, by: Actor, at: datetime) -> None:
    """Put a client's wish into the booking's history and the bureau's mailbox. The same words twice are one. Raises NobodyToTell."""
    require(by, "booking.see", booking)
    text = text.strip()[:LONGEST]
    to = booking.congress.help_email or the_bureau().email
    if not to:
        raise NobodyToTell
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    known = outbox.queue(
        "registration/wish",
        to=to,
        key=f"wish-{booking.pk}-{digest}",
        language="fr",
        about=subject_of(booking),
        congress_id=booking.congress_id,
        booking=booking,
        text=text,
    )
    if not booking.changes.filter(verb="client.asked", after__message=known.pk).exists():
        record(booking, "client.asked", by=by, at=at, reason=text, after={"message": known.pk, "text": text})


def _mail_links(bookings: Sequence[Booking], *, to: str, key: str, at: datetime, language: str) -> None:
    entries = [(booking, links.url(links.make(Link.Purpose.BOOKING, booking))) for booking in bookings]
    outbox.queue(
        "registration/links",
        to=to,
        key=f"{key}-{hashlib.sha256(to.casefold().encode()).hexdigest()[:16]}-{at:%Y%m%d%H}",
        language=language,
        about=subject_of(bookings[0]),
        congress_id=bookings[0].congress_id,
        entries=entries,
    )
