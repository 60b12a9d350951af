"""What the accountant does with the books: close a month, change the chart, ask for an audit."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.ledger import actions as ledger
from pleniere.ledger.models import Account, Month
from pleniere.messaging.jobs import enqueue
from pleniere.messaging.models import Job

from .tasks import run_audit

NUMBER = re.compile(r"[1-8]\d{2}[0-9A-Z]{0,9}$")


class NotAnAccount(Exception):
    """An account's number begins with three digits and holds at most twelve characters."""

    def __init__(self, number: str):
        super().__init__(_("%(number)s is no account: three digits first, twelve characters at most.") % {"number": number[:20]})


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
