"""What waits about rooms and the organiser: withdrawn, ending, going back, unanswered."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import F, Min, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.models import User
from pleniere.accounts.rights import can
from pleniere.allotment.attrition import with_scale
from pleniere.allotment.models import Block, Invitation, Proposal, Request
from pleniere.booking.models import Booking, Line
from pleniere.booking.queries import late_news
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.shown import day, money, nights_of
from pleniere.common.templatetags.shown import colon
from pleniere.congress.models import Congress, Enquiry
from pleniere.quote.models import Quote
from pleniere.quote.queries import unanswered
from pleniere.stock.models import StockDay
from pleniere.web.pickup import Threat, pickups

from .items import FORTNIGHT, SOON, WEEK, Item, Section, staffed, url


def overbooked(user: User, at: datetime, most: int) -> Section:
    """Rows where more is taken than there is: a hotel withdrew rooms."""
    rows = StockDay.objects.filter(short__gt=0, congress__in=staffed(user)).select_related("congress", "service__supplier")
    items = [
        Item(
            _("%(hotel)s, %(what)s, %(day)s") % {"hotel": row.service.supplier, "what": row.service, "day": day(row.day)},
            _("%(taken)s taken, %(granted)s there") % {"taken": row.taken, "granted": row.granted},
            ngettext("%(n)s to move", "%(n)s to move", row.short) % {"n": row.short},
            url("office-planning", row.congress.code),
            "late",
        )
        for row in rows.order_by("day", "pk")[:most]
    ]
    return Section(_("More taken than there is"), "warn", items, rows.count(), is_hot=True)


def options(user: User, at: datetime, most: int) -> Section:
    """Options that end within three days."""
    ending = Q(lines__state=Line.State.OPTION, lines__until__lte=at + SOON)
    bookings = Booking.objects.visible_to(user).filter(ending)
    rows = bookings.annotate(ends=Min("lines__until", filter=ending)).select_related("client", "congress").order_by("ends", "pk")
    items = [
        Item(
            f"{booking.number}, {booking.client or ''}",
            str(booking.congress),
            day(booking.congress.local_date(booking.ends)),
            url("office-booking", booking.number),
            "late" if booking.ends <= at + timedelta(days=1) else "option",
        )
        for booking in rows[:most]
    ]
    count = bookings.distinct().count()
    return Section(_("Options that expire"), "half", items, count, url("office-payments-options"), is_hot=True)


def proposals(user: User, at: datetime, most: int) -> Section:
    """What hotels ask of their rooms on sale: nothing changes until the bureau answers."""
    rows = Proposal.objects.visible_to(user).open().select_related("invitation__supplier", "congress")
    items = [
        Item(
            str(each.invitation.supplier),
            _asked(each),
            day(each.congress.local_date(each.made_at)),
            url("office-blocks", each.congress.code),
            "new",
        )
        for each in rows.order_by("pk")[:most]
    ]
    return Section(_("Hotels await your answer"), "bed", items, rows.count(), is_hot=True)


def _asked(each: Proposal) -> str:
    what = f"{each.rooms} × {each.get_room_type_display()}, {nights_of(each.first, each.last)}"
    return f"{each.congress}, {each.get_kind_display()}{colon()}{what}"


def releases(user: User, at: datetime, most: int) -> Section:
    """Cut-offs of the week: what is not sold goes back by itself."""
    rows = Block.objects.visible_to(user).filter(released_at=None, cutoff__lte=(at + WEEK).date())
    items = [
        Item(
            str(block.supplier),
            _("What is not sold goes back by itself."),
            day(block.cutoff),
            url("office-blocks", block.congress.code),
            "option",
        )
        for block in rows.select_related("supplier", "congress").order_by("cutoff", "pk")[:most]
    ]
    return Section(_("Rooms about to go back"), "back", items, rows.count())


def penalties(user: User, at: datetime, most: int) -> Section:
    """Blocks of which more will go back than is free, where something can still be done about it within a fortnight."""
    blocks = list(with_scale(Block.objects.visible_to(user)).select_related("supplier", "congress").order_by("pk"))
    congresses = list({block.congress_id: block.congress for block in blocks}.values())
    found = []
    for each in pickups(congresses, at=at, blocks=blocks) if blocks else ():
        near = each.today + FORTNIGHT
        found += [(threat.acts_by(each.today), each, hotel, threat) for hotel, threat in each.threats]
        found = [row for row in found if row[1] is not each or row[0] <= near]
    items = []
    for by, each, hotel, threat in sorted(found, key=lambda row: (row[0], row[2].name))[:most]:
        facts = {"free": threat.free_now, "back": threat.foreseen.mid, "sum": _cost(threat, each.congress.currency)}
        words = _("%(back)s room nights foreseen to go back, %(free)s free to give back now; then %(sum)s")
        where = url("office-pickup", each.congress.code)
        items.append(Item(hotel.name, f"{each.congress}, {words % facts}", day(by), where, "late"))
    return Section(_("Penalties that threaten"), "warn", items, len(found), is_hot=True)


def _cost(threat: Threat, currency: str) -> str:
    amount = threat.then.amount
    return money(amount, currency) if amount is not None else _("a price nobody wrote down")


def nights_out(user: User, at: datetime, most: int) -> Section:
    """Nights to come of which, over all hotels of a congress, one room in twenty or less is free."""
    rows = StockDay.objects.filter(congress__in=staffed(user), service__kind=Service.Kind.ROOM, day__gte=at.date())
    sums = rows.values("congress__code", "day").annotate(kept=Sum("granted"), gone=Sum(F("held") + F("optioned") + F("booked")))
    short = sums.filter(kept__gt=0, gone__gte=F("kept") * 95 / 100).order_by("day", "congress__code")
    items = []
    for row in short[:most]:
        free = max(0, row["kept"] - row["gone"])
        left = ngettext("%(n)s room free", "%(n)s rooms free", free) % {"n": free}
        note = _("%(taken)s taken of %(kept)s") % {"taken": row["gone"], "kept": row["kept"]}
        text = f"{row['congress__code']}, {day(row['day'])}"
        items.append(Item(text, note, left, url("office-pickup", row["congress__code"]), "option" if free else "late"))
    return Section(_("Nights that run out"), "bed", items, short.count())


def silent(user: User, at: datetime, most: int) -> Section:
    """Hotels asked that have not answered, the earliest deadline first."""
    rows = Invitation.objects.filter(congress__in=staffed(user), request__state=Request.State.SENT).silent()
    rows = rows.exclude(supplier__kind=Supplier.Kind.PLACEHOLDER)
    items = []
    for row in rows.select_related("supplier", "request", "congress").order_by("request__deadline", "supplier__name")[:most]:
        late = row.request.deadline < at
        note = _("Request %(number)s, opened") if row.state == Invitation.State.OPENED else _("Request %(number)s, never opened")
        items.append(
            Item(
                str(row.supplier),
                note % {"number": row.request.number},
                day(row.congress.local_date(row.request.deadline)),
                url("office-request", row.congress.code, row.request.number),
                "late" if late else "option",
            )
        )
    return Section(_("Answers awaited"), "mail", items, rows.count())


def untaken(user: User, at: datetime, most: int) -> Section:
    """Hotels that have not taken in, after three days, a stay that changed or one of the month to come."""
    found = late_news(staffed(user), since=at - SOON, arriving=(at + timedelta(days=30)).date())
    items = []
    for row in found[:most]:
        count = ngettext("%(n)s stay", "%(n)s stays", row["stays"]) % {"n": row["stays"]}
        gone = ngettext("%(n)s cancelled", "%(n)s cancelled", row["gone"]) % {"n": row["gone"]} if row["gone"] else ""
        note = ", ".join(filter(None, [row["congress__code"], count, gone]))
        where = url("office-changes", row["congress__code"])
        items.append(Item(row["offer__service__supplier__name"], note, day(row["first"]), where, "late"))
    return Section(_("Stays hotels have not taken in"), "bed", items, len(found))


def quotes(user: User, at: datetime, most: int) -> Section:
    """Quotes sent that wait for the organiser."""
    rows = Quote.objects.filter(congress__in=staffed(user), state=Quote.State.SENT)
    items = [
        Item(
            str(quote.congress),
            _("Version %(n)s, to %(who)s") % {"n": quote.version, "who": quote.client},
            _("until %(day)s") % {"day": day(quote.valid_until)},
            url("office-quote", quote.congress.code, quote.pk),
            "late" if quote.valid_until <= at.date() else "option",
        )
        for quote in rows.select_related("congress", "client").order_by("valid_until", "pk")[:most]
    ]
    return Section(_("Quotes to be answered"), "doc", items, rows.count())


def quote_questions(user: User, at: datetime, most: int) -> Section:
    """Questions of organisers about a quote that nobody has answered."""
    rows = unanswered(Congress.objects.staffed_by(user).order_by())
    items = [
        Item(
            row.text[:80],
            str(row.quote.congress),
            day(row.at.date()),
            url("office-quote", row.quote.congress.code, row.quote_id),
            "new",
        )
        for row in rows[:most]
    ]
    return Section(_("Organisers’ questions"), "chat", items, rows.count())


def enquiries(user: User, at: datetime, most: int) -> Section:
    """Enquiries whose next step is due, or for which a hotel's option ends within three days."""
    title = _("Enquiries to follow")
    if not can(user, "enquiry.edit"):
        return Section(title, "chat")
    today = at.date()
    rows = Enquiry.objects.to_follow(today, options_until=today + SOON).select_related("owner")
    items = [_enquiry(row, today) for row in rows[:most]]
    return Section(title, "chat", items, rows.count(), url("office-enquiries"))


def _enquiry(row: Enquiry, today: date) -> Item:
    """What is to be done and by whom; what hotels hold, where that ends first."""
    ends = row.ends_first  # type: ignore[attr-defined]
    due = row.next_on if row.next_on and row.next_on <= today else ends
    note = row.next_step if due == row.next_on else _("what hotels hold for it ends")
    who = f"{note}, {row.owner}" if row.owner and note else note or str(row.owner or "")
    return Item(row.title, who, day(due) if due else "", url("office-enquiry", row.pk), "late" if due < today else "option")
