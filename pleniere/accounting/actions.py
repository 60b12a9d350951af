"""What the accountant does with the books: post the VAT on the margin, close a month, change the chart, ask for an audit."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.nights import DAY
from pleniere.ledger import actions as ledger
from pleniere.ledger import chains
from pleniere.ledger.chart import MARGIN_SALES, VAT_OUT
from pleniere.ledger.models import Account, Month
from pleniere.messaging.jobs import enqueue
from pleniere.messaging.models import Job

from .margin import Figures, figures, last_period
from .models import MarginPart, MarginPeriod
from .tasks import run_audit

NUMBER = re.compile(r"[1-8]\d{2}[0-9A-Z]{0,9}$")


class NotAnAccount(Exception):
    """An account's number begins with three digits and holds at most twelve characters."""

    def __init__(self, number: str):
        super().__init__(_("%(number)s is no account: three digits first, twelve characters at most.") % {"number": number[:20]})


class PostedAlready(Exception):
    """The VAT on the margin was posted up to a later month: what is found late falls in the next period."""

    def __init__(self, last: date):
        super().__init__(_("The VAT on the margin is posted up to %(month)s already.") % {"month": f"{last:%m/%Y}"})


@transaction.atomic
def close_month(first: date, *, by: Actor, at: datetime, today: date) -> Month:
    """Close a month and all before it, for good. A repeat changes nothing. Raises ledger.MonthNotOver."""
    require(by, "accounting.close")
    was_closed = ledger.is_closed(first)
    month = ledger.close_month(first, by=by, at=at, today=today)
    if not was_closed:
        trace(by, "accounting.month_closed", month, at=at)
    return month


@transaction.atomic
def post_margin_vat(first: date, *, basis: str, by: Actor, at: datetime, today: date) -> MarginPeriod:
    """Post the VAT on the margin of a month: 7061 / 44571, on its last day. A repeat returns the period as it was posted.

    A margin of zero or below posts nothing, and is carried on. Raises ledger.MonthNotOver, ledger.MonthClosed, PostedAlready.
    """
    require(by, "accounting.close")
    first = first.replace(day=1)
    chains.lock(chains.ENTRIES)  # no month is closed and no period posted meanwhile
    known = MarginPeriod.objects.filter(first=first).first()
    if known is not None:
        return known
    ledger.see_over(first, today)
    if ledger.is_closed(first):
        raise ledger.MonthClosed(first)
    last = last_period()
    if last is not None and last.first > first:
        raise PostedAlready(last.first)
    period = _keep(figures(first, basis), by=by, at=at)
    _post(period, by=by, at=at)
    trace(by, "accounting.margin_vat_posted", period, at=at, after={"vat": str(period.vat), "base": str(period.base)})
    return period


def _keep(found: Figures, *, by: Actor, at: datetime) -> MarginPeriod:
    facts = {name: getattr(found, name) for name in ("first", "basis", "sold", "bought", "carried", "rate", "vat")}
    period = MarginPeriod.objects.create(**facts, at=at, by=str(by)[:160])
    parts = [MarginPart(period=period, payer_id=part.payer, sold=part.sold, bought=part.bought) for part in found.parts]
    MarginPart.objects.bulk_create(parts, batch_size=500)
    return period


def _post(period: MarginPeriod, *, by: Actor, at: datetime) -> None:
    day = ledger.next_month(period.first) - DAY
    with translation.override("fr"):  # the books are French
        label = _("VAT on the margin, %(month)s") % {"month": f"{period.first:%m/%Y}"}
    ledger.post(
        period.entry_key,
        journal="OD",
        date=day,
        label=label,
        piece=period.piece,
        piece_date=day,
        lines=[ledger.Posting(MARGIN_SALES, debit=period.vat), ledger.Posting(VAT_OUT, credit=period.vat)],
        about=f"accounting.MarginPeriod:{period.pk}",
        by=by,
        at=at,
    )


@transaction.atomic
def edit_account(account: Account, *, number: str, label: str, by: Actor, at: datetime) -> Account:
    """Keep a role on another account from now on; what is written stays as it was. Raises NotAnAccount."""
    require(by, "accounting.close")
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    number, label = number.strip().upper(), " ".join(label.split())[:80]
    if not NUMBER.match(number) or not label:
        raise NotAnAccount(number)
    if (account.number, account.label) == (number, label):
        return account
    before = {"number": account.number, "label": account.label}
    account.number, account.label = number, label
    account.save()
    trace(by, "accounting.account_changed", account, at=at, before=before, after={"number": number, "label": label})
    return account


@transaction.atomic
def ask_for_audit(*, key: str, by: Actor) -> Job:
    """Recompute everything, as a job with its progress; its result is the list of differences. The same `key` twice is one."""
    require(by, "accounting.audit")
    return enqueue(run_audit, key=f"audit:{key}", by=by)
