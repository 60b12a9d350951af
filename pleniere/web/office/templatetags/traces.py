"""History as people read it: verbs in words, fields by their names, values as they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.accounts.models import Bureau, Client, Role, Trace, User
from pleniere.catalogue.models import BankAccount, Contact, Contract, Rate, Service, Supplier, SupplierGroup
from pleniere.common.money import MoneyField, PercentField
from pleniere.common.nights import DAY
from pleniere.common.shown import day, moment, money, percent
from pleniere.congress.models import Enquiry, StayRule
from pleniere.waiting.words import in_words

register = template.Library()

VERBS = {
    "supplier.made": gettext_lazy("Supplier made"),
    "supplier.edited": gettext_lazy("Sheet edited"),
    "supplier.imported": gettext_lazy("Made from the national list"),
    "supplier.reimported": gettext_lazy("Changed by the national list"),
    "package.set": gettext_lazy("Seminar package set"),
    "supplier.retired": gettext_lazy("Retired"),
    "supplier.restored": gettext_lazy("Called back"),
    "contact.made": gettext_lazy("Contact added"),
    "contact.edited": gettext_lazy("Contact edited"),
    "contact.left": gettext_lazy("Contact left"),
    "contact.account": gettext_lazy("Account of a contact"),
    "contract.made": gettext_lazy("Contract made"),
    "contract.edited": gettext_lazy("Contract edited"),
    "contract.retired": gettext_lazy("Contract retired"),
    "contract.restored": gettext_lazy("Contract in use again"),
    "service.made": gettext_lazy("Service added"),
    "service.edited": gettext_lazy("Service edited"),
    "service.retired": gettext_lazy("Service retired"),
    "service.restored": gettext_lazy("Service offered again"),
    "rate.made": gettext_lazy("Formula added"),
    "rate.edited": gettext_lazy("Formula edited"),
    "iban.proposed": gettext_lazy("IBAN proposed"),
    "iban.approved": gettext_lazy("IBAN approved"),
    "iban.refused": gettext_lazy("IBAN refused"),
    "iban.ended": gettext_lazy("IBAN ended"),
    "photo.added": gettext_lazy("Picture added"),
    "photo.dropped": gettext_lazy("Picture taken off"),
    "bureau.found": gettext_lazy("Bureau opened"),
    "bureau.edit": gettext_lazy("Settings edited"),
    "users.invite": gettext_lazy("Invited"),
    "users.roles": gettext_lazy("Roles changed"),
    "users.invitation_shown": gettext_lazy("Link of the invitation shown"),
    "users.deactivate": gettext_lazy("Deactivated"),
    "users.reactivate": gettext_lazy("Reactivated"),
    "users.profile": gettext_lazy("Profile edited"),
    "users.password": gettext_lazy("Password chosen"),
    "client.made": gettext_lazy("Client made"),
    "client.edited": gettext_lazy("Client edited"),
    "payout.prepared": gettext_lazy("Payout prepared"),
    "payout.approved": gettext_lazy("Payout approved"),
    "payout.dropped": gettext_lazy("Payout dropped"),
    "payout.filed": gettext_lazy("File made"),
    "payout.sent": gettext_lazy("File given to the bank"),
    "payout.file_dropped": gettext_lazy("File dropped"),
    "payout.cheque": gettext_lazy("Cheque sent"),
    "payout.executed": gettext_lazy("Executed by the bank"),
    "payout.rejected": gettext_lazy("Rejected by the bank"),
    "payout.returned": gettext_lazy("Returned by the bank"),
    "payout.note_sent": gettext_lazy("Remittance note sent"),
    "purchase.made": gettext_lazy("Purchase guaranteed"),
    "purchase.counted": gettext_lazy("Number said"),
    "purchase.cancelled": gettext_lazy("Purchase let off"),
    "purchase.entered": gettext_lazy("Supplier’s invoice entered"),
    "purchase.taken_out": gettext_lazy("Supplier’s invoice taken out"),
    "list.made": gettext_lazy("List made"),
    "list.edited": gettext_lazy("List edited"),
    "list.subscribed": gettext_lazy("Recipient added"),
    "list.unsubscribed": gettext_lazy("Recipient taken off"),
    "list.sent": gettext_lazy("List sent"),
    "list.news_sent": gettext_lazy("What changed, sent to a hotel"),
    "catalogue.import": gettext_lazy("List of suppliers read"),
    "group.made": gettext_lazy("Group of suppliers kept"),
    "group.edited": gettext_lazy("Group of suppliers edited"),
    "group.dropped": gettext_lazy("Group of suppliers thrown away"),
    "season.made": gettext_lazy("Season made"),
    "season.edited": gettext_lazy("Season edited"),
    "season.dropped": gettext_lazy("Season removed"),
    "rate_type.made": gettext_lazy("Type of rate made"),
    "rate_type.edited": gettext_lazy("Type of rate edited"),
    "rate_type.dropped": gettext_lazy("Type of rate removed"),
    "congress.made": gettext_lazy("Congress made"),
    "congress.edited": gettext_lazy("Congress edited"),
    "congress.opened": gettext_lazy("Registration opened"),
    "congress.closed": gettext_lazy("Registration was closed"),
    "congress.members": gettext_lazy("Members changed"),
    "enquiry.made": gettext_lazy("Enquiry written down"),
    "enquiry.edited": gettext_lazy("Enquiry edited"),
    "enquiry.moved": gettext_lazy("Moved on the board"),
    "enquiry.needs": gettext_lazy("Needs counted"),
    "enquiry.option": gettext_lazy("Option of a hotel"),
    "enquiry.note": gettext_lazy("Note"),
    "enquiry.lost": gettext_lazy("Enquiry lost"),
    "enquiry.reopened": gettext_lazy("Enquiry taken up again"),
    "enquiry.won": gettext_lazy("Enquiry won"),
    "quote.made": gettext_lazy("Quote made"),
    "quote.edited": gettext_lazy("Quote edited"),
    "quote.sent": gettext_lazy("Quote sent"),
    "quote.accepted": gettext_lazy("Quote accepted"),
    "quote.refused": gettext_lazy("Quote refused"),
    "quote.expired": gettext_lazy("Quote expired"),
    "quote.dropped": gettext_lazy("Quote dropped"),
    "allotment.editions": gettext_lazy("Past editions entered"),
    "allotment.sent": gettext_lazy("Request sent"),
    "allotment.closed": gettext_lazy("Request closed"),
    "allotment.link_sent": gettext_lazy("Link sent again"),
    "allotment.signed": gettext_lazy("Agreement signed"),
    "allotment.steps": gettext_lazy("Cut-offs changed"),
    "allotment.given_again": gettext_lazy("Rooms left with us again"),
    "allotment.link_ended": gettext_lazy("Link ended"),
    "allotment.forwarded": gettext_lazy("Page handed on by the hotel"),
    "allotment.paper_added": gettext_lazy("File added by the hotel"),
    "allotment.paper_dropped": gettext_lazy("File taken back by the hotel"),
    "allotment.stopped": gettext_lazy("Sales stopped by the hotel"),
    "allotment.proposal_accepted": gettext_lazy("Hotel’s proposal agreed"),
    "allotment.proposal_refused": gettext_lazy("Hotel’s proposal refused"),
    "allotment.prolonged": gettext_lazy("Deadline put off"),
    "allotment.recorded": gettext_lazy("Answer typed in"),
    "allotment.declined": gettext_lazy("Declined"),
    "allotment.retained": gettext_lazy("Rooms retained"),
    "allotment.given": gettext_lazy("Rooms given"),
    "allotment.released": gettext_lazy("Rooms handed back"),
    "allotment.withdrawn": gettext_lazy("Rooms withdrawn by the hotel"),
    "allotment.range": gettext_lazy("Rooms changed over a range of nights"),
    "allotment.range_undone": gettext_lazy("Change of a range undone"),
    "subblock.house_made": gettext_lazy("Run of house put on sale"),
    "subblock.house_filled": gettext_lazy("Rooms lent to run of house, or taken home"),
    "subblock.made": gettext_lazy("Sub-block made"),
    "subblock.edited": gettext_lazy("Sub-block edited"),
    "subblock.steps": gettext_lazy("Days on which its rooms go back changed"),
    "subblock.priced": gettext_lazy("Price of a sub-block changed"),
    "subblock.asked": gettext_lazy("Rooms asked for a sub-block"),
    "subblock.allocated": gettext_lazy("Rooms allocated to a sub-block"),
    "subblock.accepted": gettext_lazy("Allocation accepted"),
    "subblock.guests": gettext_lazy("Guests of a sub-block named"),
    "subblock.guest_dropped": gettext_lazy("Guest of a sub-block taken off"),
    "subblock.invited": gettext_lazy("Guests of a sub-block invited"),
    "subblock.returned": gettext_lazy("Rooms of a sub-block given back"),
    "subblock.return_undone": gettext_lazy("Rooms of a sub-block taken again"),
    "stay.made": gettext_lazy("Rule of stay added"),
    "stay.edited": gettext_lazy("Rule of stay changed"),
    "stay.dropped": gettext_lazy("Rule of stay removed"),
    "waiting.rules": gettext_lazy("Rules of the waiting list changed"),
    "waiting.kept": gettext_lazy("Rooms kept for the office"),
    "draw.prepared": gettext_lazy("Draw prepared"),
    "draw.edited": gettext_lazy("Draw edited"),
    "draw.dropped": gettext_lazy("Draw dropped"),
    "draw.announced": gettext_lazy("Draw announced"),
    "draw.word": gettext_lazy("Word of the public source noted"),
    "draw.closed": gettext_lazy("Entries of the draw closed"),
    "draw.drawn": gettext_lazy("Drawn"),
    "draw.cancelled": gettext_lazy("Draw cancelled"),
    "accounting.account_changed": gettext_lazy("Account changed"),
    "allotment.scenario_dropped": gettext_lazy("Scenario was dropped"),
    "allotment.solver_asked": gettext_lazy("Scenario asked of the solver"),
    "reason.made": gettext_lazy("Reason of a loss added"),
    "reason.retired": gettext_lazy("Reason of a loss retired"),
    "accounting.margin_vat_posted": gettext_lazy("VAT on the margin was posted"),
    "accounting.month_closed": gettext_lazy("Month closed"),
    "jobs.retry": gettext_lazy("Work tried again"),
    "outbox.send_again": gettext_lazy("Mail sent again"),
    "outbox.drop": gettext_lazy("Mail dropped"),
    "tourist_tax.made": gettext_lazy("Tourist tax added"),
    "tourist_tax.edited": gettext_lazy("Tourist tax edited"),
    "tourist_tax.dropped": gettext_lazy("Tourist tax dropped"),
    "vat.made": gettext_lazy("VAT rate added"),
    "vat.dropped": gettext_lazy("VAT rate dropped"),
}
_MODELS: dict[str, type[Model]] = {
    "supplier": Supplier,
    "contact": Contact,
    "contract": Contract,
    "service": Service,
    "rate": Rate,
    "iban": BankAccount,
    "enquiry": Enquiry,
    "group": SupplierGroup,
    "stay": StayRule,
    "client": Client,
    "bureau": Bureau,
    "users": User,
}
_EXCLUDED = {("enquiry", "ends")}  # the day after the last: people are told the last
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")
LABELS = {
    "wanted": gettext_lazy("needs"),
    "other_dates": gettext_lazy("other dates"),
    "state": gettext_lazy("state"),
    "roles": gettext_lazy("roles"),
    "account": gettext_lazy("account"),
    "iban": gettext_lazy("IBAN"),
    "file": gettext_lazy("file"),
    "suppliers": gettext_lazy("Suppliers"),
    "active": gettext_lazy("active"),
    "administrator": gettext_lazy("administrator"),
    "is_open": gettext_lazy("Wishes are taken"),
    "answer_hours": gettext_lazy("Hours to answer an offer"),
    "wakes": gettext_lazy("Offers leave from (hour)"),
    "sleeps": gettext_lazy("Offers leave until (hour)"),
    "closes_days": gettext_lazy("Ends so many days before the hotel’s cut-off"),
    "room": gettext_lazy("Room"),
    "night": gettext_lazy("Night"),
    "rooms": gettext_lazy("Rooms"),
}


@register.filter
def verb(code: str) -> str:
    return str(VERBS.get(code, code))


@register.filter
def why(reason: str) -> str:
    """The reason of a booking's change: what somebody typed, or ours in the reader's language."""
    return in_words(reason)


@register.filter
def differences(trace: Trace) -> Iterator[tuple[str, str, str]]:
    """(field in words, before, after) of each field the change names; empty ones are left out."""
    what = trace.verb.partition(".")[0]
    for name in dict.fromkeys([*trace.before, *trace.after]):
        field = _field(_MODELS.get(what), name)
        choices = _choices(field, name)
        before, after = (
            _said(_known(side.get(name), field, is_end=(what, name) in _EXCLUDED), choices)
            for side in (trace.before, trace.after)
        )
        if before or after:
            yield str(LABELS.get(name) or getattr(field, "verbose_name", name)), before, after


def _field(model: type[Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _choices(field: Any, name: str) -> dict[Any, Any]:
    return dict(Role.choices) if name == "roles" else dict(getattr(field, "flatchoices", None) or [])


def _known(value: Any, field: Any, *, is_end: bool) -> Any:
    """Dates, sums and shares, kept as plain text, as they are read. What is not understood stays as it was written."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            on = date.fromisoformat(value)
            return day(on - DAY if is_end else on)
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return moment(datetime.fromisoformat(value))
        if isinstance(field, MoneyField | PercentField) and value not in (None, ""):
            return (money if isinstance(field, MoneyField) else percent)(Decimal(str(value)))
    except (ValueError, InvalidOperation):
        pass
    return value


def _said(value: Any, choices: dict[Any, Any]) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return " / ".join(f"{code} {text}" for code, text in value.items() if text)
    if isinstance(value, list):
        return ", ".join(str(choices.get(each, each)) for each in value)
    return str(choices.get(value, value))
