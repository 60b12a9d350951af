"""Before the file: each thing that would make the bank refuse it, with its cure; and what is worth a look."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError as BadNumber

from pleniere.catalogue.models import BankAccount
from pleniere.common.workdays import is_working_day

from . import sepa
from .models import Payout
from .queries import accounts_of, why_not

MOST = Decimal("999999999.99")  # EPC: the largest credit transfer
FURTHEST = timedelta(days=365)
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


@dataclass(frozen=True)
class Problem:
    """What is wrong with the file or one payout of it, what mends it, and whether it stops the file."""

    what: str
    cure: str
    payout: Payout | None = None
    stops: bool = True

    @property
    def held_back(self) -> Decimal | None:
        return self.payout.amount if self.payout is not None and self.stops else None


def check(payouts: Iterable[Payout], account: BankAccount | None, *, on: date, today: date, holidays: str = "") -> list[Problem]:
    """Every problem of a file of these payouts, debited from `account` on the day `on`; those that stop it first."""
    payouts = list(payouts)
    accounts = accounts_of({payout.supplier_id for payout in payouts if payout.supplier_id})
    found = [*_of_house(account), *_of_date(on, today, holidays)]
    for payout in payouts:
        found += _of_payout(payout, accounts.get(payout.supplier_id or 0, []))
    if not payouts:
        found.append(Problem(_("There is no approved transfer."), _("Approve the drafts first.")))
    if len(payouts) == 1:
        found.append(
            Problem(
                _("A file of one transfer."),
                _(
                    "The bank will compare its name and IBAN one by one (verification of payee): the order may wait for an answer."
                ),
                stops=False,
            )
        )
    return sorted(found, key=lambda problem: not problem.stops)


def _of_house(account: BankAccount | None) -> Iterable[Problem]:
    if account is None:
        yield Problem(
            _("The house has no approved bank account."), _("Enter it on the supplier sheet of the house, and have it approved.")
        )
        return
    if not is_iban(account.iban):
        yield Problem(_("The IBAN of the house is not valid."), _("Correct it on the supplier sheet of the house."))
    if not sepa.plain(account.holder, sepa.NAME):
        yield Problem(
            _("The holder of the house’s account is missing."), _("Write the legal name on the supplier sheet of the house.")
        )


def _of_date(on: date, today: date, holidays: str) -> Iterable[Problem]:
    if on < today:
        yield Problem(_("The execution date is past."), _("Choose today or a later day."))
    elif on > today + FURTHEST:
        yield Problem(_("The execution date is more than a year away."), _("Choose an earlier day."))
    elif not is_working_day(on, holidays):
        yield Problem(_("The execution date is not a working day."), _("The bank will execute on the next one."), stops=False)


def _of_payout(payout: Payout, accounts: list[BankAccount]) -> Iterable[Problem]:
    def problem(what: str, cure: str, *, stops: bool = True) -> Problem:
        return Problem(_("%(payee)s: %(what)s.") % {"payee": payout.payee, "what": what}, cure, payout, stops)

    mend = _("Drop this payout, have the account corrected and approved, prepare it again.")
    if payout.amount <= 0:
        yield problem(_("nothing to transfer"), _("A payout of zero needs no file."))
    if payout.amount > MOST:
        yield problem(_("more than a credit transfer can carry"), _("Pay it in several parts."))
    if payout.congress.currency != "EUR":
        yield problem(_("not in euros"), _("SEPA carries euros only: pay it by the bank’s own means."))
    if not is_iban(payout.iban):
        yield problem(_("the IBAN is not valid"), mend)
    if payout.bic and not BIC.fullmatch(payout.bic):
        yield problem(_("the BIC is not valid"), mend)
    yield from _of_name(payout.holder, problem)
    if payout.supplier_id:
        live = next((each for each in accounts if each.approved_at), None)
        if why_not(accounts) == "WAITING":
            yield problem(
                _("a new IBAN waits for approval"), _("A second person approves or refuses it on the supplier’s sheet.")
            )
        elif live is None or live.iban != payout.iban:
            yield problem(_("the IBAN has changed since it was approved"), _("Drop this payout and prepare it again."))


def _of_name(holder: str, problem: Any) -> Iterable[Problem]:
    mend = _("Correct the account holder on the sheet, then drop and prepare again.")
    whole = sepa.plain(holder, 1000)
    if not whole:
        what = (
            _("no character of the holder’s name can be written")
            if holder.strip()
            else _("the account holder’s legal name is missing")
        )
        yield problem(what, mend)
    elif len(whole) > sepa.NAME:
        yield problem(_("the holder’s name is longer than 70 characters"), mend)
    elif sepa.loses(holder):
        said = _("It will be written “%(name)s”: check that the bank knows it so.") % {"name": whole}
        yield problem(_("letters of the holder’s name are lost"), said, stops=False)


def is_iban(iban: str) -> bool:
    try:
        ibans.validate(iban)
    except BadNumber:
        return False
    return True
