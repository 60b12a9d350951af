"""What waits for somebody in the office, the most pressing first: only from what is there, each with the page where it is done.

Every section costs a fixed number of queries: a count, and its first rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Min, Q, Sum
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.models import User
from pleniere.accounts.rights import can
from pleniere.allotment.models import Block, Invitation, Request
from pleniere.booking.models import Booking, Charge, Line
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.common.money import ZERO, cents
from pleniere.common.shown import day, money
from pleniere.congress.models import Congress, Enquiry
from pleniere.messaging.models import Message
from pleniere.payment.queries import announced, in_suspense
from pleniere.quote.models import Quote
from pleniere.stock.models import StockDay

MOST = 6  # rows of a section; the rest stands on its own page
SOON = timedelta(days=3)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Item:
    """One thing to do: what, why, by when, where."""

    text: str
    note: str = ""
    due: str = ""
    url: str = ""
    look: str = ""  # late, option, new: the colour of its state


@dataclass
class Section:
    title: str
    icon: str
    items: list[Item] = field(default_factory=list)
    count: int = 0
    url: str = ""  # all of them
    is_hot: bool = False


def sections(user: User, *, at: datetime) -> list[Section]:
    """All sections that have something, the pressing ones first."""
    parts: tuple[Callable[[User, datetime], Section], ...] = (
        _overbooked,
        _options,
        _releases,
        _silent,
        _quotes,
        _suspense,
        _announced,
        _ibans,
        _enquiries,
        _mails,
    )
    found = [part(user, at) for part in parts]
    return [section for section in found if section.count]


@dataclass(frozen=True)
class Figure:
    label: str
    value: str
    note: str = ""
    url: str = ""


def figures(user: User, congresses: list[Congress], *, at: datetime) -> list[Figure]:
    """Of the congresses under way: bookings, nights taken of those retained, sold."""
    bookings = Booking.objects.placed().filter(congress__in=congresses)
    fresh = bookings.filter(placed_at__gt=at - WEEK).count()
    rooms = StockDay.objects.filter(congress__in=congresses, service__kind="ROOM")
    sums = rooms.aggregate(all=Sum("granted"), booked=Sum("booked"), optioned=Sum("optioned"))
    taken, retained = (sums["booked"] or 0) + (sums["optioned"] or 0), sums["all"] or 0
    note = ngettext("%(n)d this week", "%(n)d this week", fresh) % {"n": fresh}
    found = [
        Figure(_("Bookings"), str(bookings.count()), note, _url("office-bookings")),
        Figure(_("Nights taken"), str(taken), _("of %(n)s retained") % {"n": retained}),
    ]
    if can(user, "booking.see_money") or all(can(user, "booking.see_money", congress) for congress in congresses):
        found += [Figure(_("Sold"), ", ".join(money(sum_, currency) for currency, sum_ in _sold(congresses)) or money(ZERO))]
    return found


def deadlines(congresses: list[Congress], *, at: datetime) -> list[tuple[Any, str]]:
    """The next dates that change something, of the congresses under way."""
    found: list[tuple[Any, str]] = []
    for congress in congresses:
        today = congress.local_date(at)
        dates = {
            _("registration opens"): congress.opens_at and congress.local_date(congress.opens_at),
            _("registration closes"): congress.closes_at and congress.local_date(congress.closes_at),
            _("changes wait for an agent"): congress.freeze_date,
            _("arrivals"): congress.starts,
        }
        found += [(on, f"{congress}, {what}") for what, on in dates.items() if on and on >= today]
    return sorted(found)[:8]


def _sold(congresses: list[Congress]) -> Iterator[tuple[str, Decimal]]:
    """By currency: sums of two are never added."""
    rows = (
        Charge.objects.live()
        .filter(congress__in=congresses, line__state__in=Line.COUNTED, line__booking__placed_at__isnull=False)
        .values("congress__currency")
        .annotate(sum=Sum("total"))
        .order_by("congress__currency")
    )
    for row in rows:
        yield row["congress__currency"], cents(row["sum"])


def _overbooked(user: User, at: datetime) -> Section:
    """Rows where more is taken than there is: a hotel withdrew rooms."""
    rows = StockDay.objects.filter(short__gt=0, congress__in=_staffed(user)).select_related("congress", "service__supplier")
    items = [
        Item(
            _("%(hotel)s, %(what)s, %(day)s") % {"hotel": row.service.supplier, "what": row.service, "day": day(row.day)},
            _("%(taken)s taken, %(granted)s there") % {"taken": row.taken, "granted": row.granted},
            ngettext("%(n)s to move", "%(n)s to move", row.short) % {"n": row.short},
            _url("office-planning", row.congress.code),
            "late",
        )
        for row in rows.order_by("day", "pk")[:MOST]
    ]
    return Section(_("More taken than there is"), "warn", items, rows.count(), is_hot=True)


def _options(user: User, at: datetime) -> Section:
    """Options that end within three days."""
    ending = Q(lines__state=Line.State.OPTION, lines__until__lte=at + SOON)
    bookings = Booking.objects.visible_to(user).filter(ending)
    rows = bookings.annotate(ends=Min("lines__until", filter=ending)).select_related("client", "congress").order_by("ends", "pk")
    items = [
        Item(
            f"{booking.number}, {booking.client or ''}",
            str(booking.congress),
            day(booking.congress.local_date(booking.ends)),
            _url("office-booking", booking.number),
            "late" if booking.ends <= at + timedelta(days=1) else "option",
        )
        for booking in rows[:MOST]
    ]
    count = bookings.distinct().count()
    return Section(_("Options that expire"), "half", items, count, _url("office-payments-options"), is_hot=True)


def _releases(user: User, at: datetime) -> Section:
    """Cut-offs of the week: what is not sold goes back by itself."""
    rows = Block.objects.visible_to(user).filter(released_at=None, cutoff__lte=(at + WEEK).date())
    items = [
        Item(
            str(block.supplier),
            _("What is not sold goes back by itself."),
            day(block.cutoff),
            _url("office-blocks", block.congress.code),
            "option",
        )
        for block in rows.select_related("supplier", "congress").order_by("cutoff", "pk")[:MOST]
    ]
    return Section(_("Rooms about to go back"), "back", items, rows.count())


def _silent(user: User, at: datetime) -> Section:
    """Hotels asked that have not answered, the earliest deadline first."""
    rows = Invitation.objects.filter(congress__in=_staffed(user), request__state=Request.State.SENT).silent()
    rows = rows.exclude(supplier__kind=Supplier.Kind.PLACEHOLDER)
    items = []
    for row in rows.select_related("supplier", "request", "congress").order_by("request__deadline", "supplier__name")[:MOST]:
        late = row.request.deadline < at
        note = _("Request %(number)s, opened") if row.state == Invitation.State.OPENED else _("Request %(number)s, never opened")
        items.append(
            Item(
                str(row.supplier),
                note % {"number": row.request.number},
                day(row.congress.local_date(row.request.deadline)),
                _url("office-request", row.congress.code, row.request.number),
                "late" if late else "option",
            )
        )
    return Section(_("Answers awaited"), "mail", items, rows.count())


def _quotes(user: User, at: datetime) -> Section:
    """Quotes sent that wait for the organiser."""
    rows = Quote.objects.filter(congress__in=_staffed(user), state=Quote.State.SENT)
    items = [
        Item(
            str(quote.congress),
            _("Version %(n)s, to %(who)s") % {"n": quote.version, "who": quote.client},
            _("until %(day)s") % {"day": day(quote.valid_until)},
            _url("office-quote", quote.congress.code, quote.pk),
            "late" if quote.valid_until <= at.date() else "option",
        )
        for quote in rows.select_related("congress", "client").order_by("valid_until", "pk")[:MOST]
    ]
    return Section(_("Quotes to be answered"), "doc", items, rows.count())


def _suspense(user: User, at: datetime) -> Section:
    """Money of nobody yet."""
    found = in_suspense(user)
    items = [
        Item(
            receipt.drawer or receipt.note or str(receipt.get_kind_display()),
            _("received on %(day)s") % {"day": day(receipt.on)},
            money(left),
            _url("office-payments-match", receipt.pk),
            "new",
        )
        for receipt, left in found[:MOST]
    ]
    return Section(_("Money to match"), "bank", items, len(found), _url("office-payments-suspense"))


def _announced(user: User, at: datetime) -> Section:
    """Cheques, transfers and orders announced whose day has come."""
    rows = announced(user).filter(expected_by__lte=at.date())
    items = [
        Item(
            f"{attempt.payer.booking.number}, {attempt.payer.client}",
            str(attempt.get_kind_display()),
            money(attempt.amount, attempt.currency),
            _url("office-booking-payments", attempt.payer.booking.number),
            "late",
        )
        for attempt in rows[:MOST]
    ]
    return Section(_("Payments announced and not come"), "euro", items, rows.count(), _url("office-payments-announced"))


def _ibans(user: User, at: datetime) -> Section:
    """Bank accounts that wait for a second person: not for who proposed them."""
    title = _("Bank accounts to approve")
    if not can(user, "catalogue.approve_iban"):
        return Section(title, "lock")
    rows = BankAccount.objects.filter(approved_at=None, ended_at=None).exclude(proposed_by=user).select_related("supplier")
    items = [
        Item(
            str(row.supplier),
            _("proposed by %(who)s") % {"who": row.proposed_by or "–"},
            day(row.proposed_at.date()),
            _url("office-supplier-bank", row.supplier_id),
            "option",
        )
        for row in rows.select_related("proposed_by").order_by("proposed_at")[:MOST]
    ]
    return Section(title, "lock", items, rows.count())


def _enquiries(user: User, at: datetime) -> Section:
    """Enquiries whose next step is due."""
    title = _("Enquiries to follow")
    if not can(user, "enquiry.edit"):
        return Section(title, "chat")
    rows = Enquiry.objects.filter(state=Enquiry.State.OPEN, next_on__lte=at.date()).order_by(F("next_on").asc(), "pk")
    items = [
        Item(row.title, row.next_step, day(row.next_on) if row.next_on else "", _url("office-enquiry", row.pk), "option")
        for row in rows[:MOST]
    ]
    return Section(title, "chat", items, rows.count(), _url("office-enquiries"))


def _mails(user: User, at: datetime) -> Section:
    """Mails that could not leave, or came back."""
    rows = Message.objects.visible_to(user, _staffed(user)).filter(state__in=[Message.State.FAILED, Message.State.BOUNCED])
    items = [
        Item(row.subject, row.to, str(row.get_state_display()), _url("office-mail", row.pk), "late")
        for row in rows.order_by("-pk")[:MOST]
    ]
    return Section(_("Mails that did not arrive"), "mail", items, rows.count(), _url("office-mails"))


def _staffed(user: User) -> Any:
    return Congress.objects.staffed_by(user).order_by().values("pk")


def _url(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
