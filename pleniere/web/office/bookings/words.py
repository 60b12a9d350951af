"""History in words: what each change was, and how it was before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Change, Line
from pleniere.common import shown
from pleniere.common.templatetags.shown import colon
from pleniere.congress.models import Congress, Method

VERBS = {
    "booking.placed": _("Ordered"),
    "booking.noted": _("Comment changed"),
    "line.added": _("Line added"),
    "people.listed": _("Names pasted"),
    "line.changed": _("Line changed"),
    "line.cancelled": _("Line cancelled"),
    "wish.made": _("Put on the waiting list"),
    "wish.answered": _("Offered place answered"),
    "wish.withdrawn": _("Taken off the waiting list"),
    "draw.entered": _("Entered a draw"),
    "draw.left": _("Left a draw"),
    "draw.won": _("Drawn"),
    "draw.lost": _("Not drawn"),
    "line.acknowledged": _("Taken into the supplier’s system"),
    "stay.told": _("What became of the stay"),
    "line.numbered": _("Number given by the supplier"),
    "lines.firm": _("Made firm"),
    "lines.lapsed": _("Lapsed: not paid in time"),
    "lines.revived": _("Brought back by a late payment"),
    "options.prolonged": _("Options prolonged"),
    "stay.overridden": _("Sold against the hotel’s rule of stay"),
    "penalty.made": _("Cancellation fee"),
    "person.added": _("Person added"),
    "person.renamed": _("Person renamed"),
    "person.audience": _("Category of a person said"),
    "line.repriced": _("Priced anew"),
    "client.asked": _("Asked by the client"),
    "payer.method": _("Means of payment changed"),
    "payer.added": _("Payer added"),
    "payer.numbered": _("Numbers for its invoice given"),
    "payer.told": _("Written to the payer"),
    "line.divided": _("Paid by others"),
    "payer.readdressed": _("Invoices addressed to another"),
    "commission.overridden": _("Commission overridden"),
    "order.signed": _("Order signed"),
    "payment.announced": _("Payment announced"),
    "payment.received": _("Payment received"),
    "payment.bounced": _("Cheque bounced"),
    "payment.corrected": _("Receipt corrected"),
    "client.answered": _("Question answered, or done"),
    "confirmation.sent": _("Updated confirmation sent"),
    "refund.asked": _("Refund asked"),
    "refund.sent": _("Refund sent"),
    "refund.refused": _("Refund refused"),
    "refund.returned": _("Refund returned"),
}
FIELDS = {
    "offer": _("what"),
    "start": _("from"),
    "end": _("to"),
    "quantity": _("quantity"),
    "state": _("state"),
    "persons": _("for"),
    "total": _("total"),
    "lines": _("lines"),
    "firm": _("of which firm"),
    "method": _("means of payment"),
    "announced": _("payment announced"),
    "kind": _("means of payment"),
    "amount": _("amount"),
    "supplier": _("for the supplier"),
    "until": _("until"),
    "on": _("on"),
    "name": _("name"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "institution": _("institution"),
    "email": _("e-mail"),
    "comment": _("comment"),
    "supplier_number": _("number at the supplier"),
    "commission": _("commission"),
    "engagement": _("engagement number"),
    "payers": _("payers"),
    "siret": _("SIRET"),
    "service_code": _("service code"),
}
MONEY = {"total", "amount", "announced", "supplier", "commission"}


@dataclass(frozen=True)
class Told:
    """One change as the page tells it: facts as (field, before, after); an empty `before` is new, an empty `after` gone."""

    change: Change
    what: str
    facts: list[tuple[str, str, str]]


def told(change: Change, congress: Congress) -> Told:
    before, after = change.before or {}, change.after or {}
    facts = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = _value(name, before.get(name), congress), _value(name, after.get(name), congress)
        if old != new and name in FIELDS:
            facts.append((str(FIELDS[name]), old, new))
    what = str(VERBS.get(change.verb, change.verb))
    if change.line is not None:
        what = f"{what}{colon()}{change.line.offer}"
    return Told(change, what, facts)


def _value(name: str, value: Any, congress: Congress) -> str:
    if value in (None, "", [], {}):
        return ""
    if name in MONEY:
        return _amount(value, congress)
    if name in ("start", "end", "on", "until"):
        return _day(value)
    if name == "state":
        return str(Line.State(value).label) if value in Line.State.values else str(value)
    if name in ("method", "kind"):
        return str(Method.Kind(value).label) if value in Method.Kind.values else str(value)
    if name == "payers":
        return ", ".join(f"{each[0]} {_amount(each[1], congress)}" if isinstance(each, list) else str(each) for each in value)
    if isinstance(value, list):
        return ", ".join(str(each.get("offer", "")) if isinstance(each, dict) else str(each) for each in value)
    return str(value)


def _amount(value: Any, congress: Congress) -> str:
    try:
        return shown.money(Decimal(str(value)), congress.currency)
    except InvalidOperation:
        return str(value)


def _day(value: Any) -> str:
    try:
        if "T" in str(value):
            return shown.moment(datetime.fromisoformat(str(value)))
        return shown.day(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)
