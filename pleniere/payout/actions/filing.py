"""What goes to the bank: a file of approved transfers, a cheque with its number; and the word that it has gone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import the_bureau, trace
from pleniere.accounts.models import Bureau
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import BankAccount
from pleniere.common.money import total
from pleniere.common.moves import move
from pleniere.congress.models import Congress

from .. import preflight, sepa
from ..models import Payout, TransferFile
from ..queries import house_account
from .approving import lock
from .preparing import ALPHABET, CannotPay

State, Kind = Payout.State, Payout.Kind


class CannotMake(CannotPay):
    """The file would be refused: `problems` says by what, and what mends each."""

    def __init__(self, problems: list[preflight.Problem]):
        super().__init__(" ".join(problem.what for problem in problems))
        self.problems = problems


class NoChequeNumber(CannotPay):
    """A cheque leaves with its number, which no other bears."""


@transaction.atomic
def make_file(
    congress: Congress,
    payouts: Iterable[int],
    *,
    on: date,
    version: str = sepa.V09,
    one_debit: bool = True,
    by: Actor,
    at: datetime,
) -> TransferFile:
    """The bank's file of these approved transfers, to be executed on `on`. Made once: the same payouts again give the same file.

    Raises CannotMake when the pre-flight finds what would stop it; then nothing is made.
    """
    require(by, "payout.send", congress)
    wanted = Payout.objects.filter(congress=congress, pk__in=list(payouts), kind=Kind.TRANSFER)
    found = list(
        wanted.select_for_update(no_key=True, of=("self",)).select_related("supplier", "payer__client", "congress").order_by("pk")
    )
    made = {payout.file_id for payout in found if payout.file_id}
    if found and len(made) == 1 and all(payout.file_id for payout in found):
        return TransferFile.objects.get(pk=made.pop())
    ready = [payout for payout in found if payout.state == State.APPROVED and payout.amount]
    account = _cleared(congress, ready, on=on, at=at)
    file = _write(congress, ready, account, on=on, version=version, one_debit=one_debit, by=by, at=at)
    for payout in ready:
        move(payout, State.FILED, Payout.MOVES, file=file)
    trace(by, "payout.filed", file, at=at, after={"count": file.count, "total": str(file.total), "sha256": file.sha256})
    return file


def _cleared(congress: Congress, payouts: list[Payout], *, on: date, at: datetime) -> BankAccount:
    """The account they leave from, once the pre-flight finds nothing that would stop them. Raises CannotMake."""
    account, bureau = house_account(), the_bureau()
    problems = preflight.check(payouts, account, on=on, today=congress.local_date(at), holidays=bureau.holiday_zone)
    stopping = [problem for problem in problems if problem.stops]
    if stopping or account is None:
        raise CannotMake(stopping)
    return account


def _write(
    congress: Congress,
    payouts: list[Payout],
    account: BankAccount,
    *,
    on: date,
    version: str,
    one_debit: bool,
    by: Actor,
    at: datetime,
) -> TransferFile:
    local = at.astimezone(congress.zone).replace(tzinfo=None)
    message_id = f"PL{local:%y%m%d%H%M%S}-" + "".join(secrets.choice(ALPHABET) for _each in range(6))
    facts = {"message_id": message_id, "on": on, "made": local, "version": version, "one_debit": one_debit}
    transfers = [transfer_of(payout) for payout in payouts]
    content = sepa.build(debtor_of(account, the_bureau()), transfers, **facts)  # type: ignore[arg-type]
    return TransferFile.objects.create(
        congress=congress,
        message_id=message_id,
        format=version,
        bank_account=account,
        execution_date=on,
        count=len(payouts),
        total=total(payout.amount for payout in payouts),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        made_at=at,
        made_by=str(by)[:160],
    )


@transaction.atomic
def mark_sent(file: TransferFile, *, by: Actor, at: datetime) -> int:
    """The file was given to the bank: from now on its payouts are executed or rejected, no longer dropped. Says how many moved."""
    require(by, "payout.send", file)
    payouts = list(file.payouts.select_for_update(no_key=True).filter(state=State.FILED).order_by("pk"))
    moved = sum(move(payout, State.SENT, Payout.MOVES) for payout in payouts)
    if moved:
        trace(by, "payout.sent", file, at=at, after={"count": moved})
    return moved


@transaction.atomic
def drop_file(file: TransferFile, *, why: str = "", by: Actor, at: datetime) -> int:
    """The file will not be given to the bank: all its payouts are dropped, and owed again. Says how many; 0 once it was sent."""
    require(by, "payout.send", file)
    payouts = list(file.payouts.select_for_update(no_key=True).filter(state=State.FILED).order_by("pk"))
    dropped = sum(move(payout, State.DROPPED, Payout.MOVES, why=why[:250]) for payout in payouts)
    if dropped:
        trace(by, "payout.file_dropped", file, at=at, reason=why, after={"count": dropped})
    return dropped


@transaction.atomic
def give_cheque(payout: Payout, number: str, *, by: Actor, at: datetime) -> bool:
    """The cheque is written and leaves with its letter. Raises NoChequeNumber without a number, or with one already used."""
    require(by, "payout.send", payout)
    payout = lock(payout)
    number = "".join(number.split())
    if payout.kind != Kind.CHEQUE:
        raise CannotPay(_("It is not a cheque."))
    if not number.isascii() or not number.isalnum() or len(number) > 20:
        raise NoChequeNumber(_("The number of a cheque is made of letters and digits, 20 at most."))
    if Payout.objects.filter(kind=Kind.CHEQUE, cheque_number=number).exclude(pk=payout.pk).exists():
        raise NoChequeNumber(_("Another payout bears the cheque number %(number)s.") % {"number": number})
    if not move(payout, State.SENT, Payout.MOVES, cheque_number=number):
        return False
    trace(by, "payout.cheque", payout, at=at, after={"number": number, "amount": str(payout.amount)})
    return True


def debtor_of(account: BankAccount, bureau: Bureau) -> sepa.Debtor:
    place = sepa.Place(bureau.address, bureau.postcode, bureau.town, bureau.country)
    return sepa.Debtor(account.holder, account.iban, account.bic, place, bureau.siret)


def transfer_of(payout: Payout) -> sepa.Transfer:
    """One payout as a line of the file; its payee reads the congress and our reference, by which the note is found."""
    supplier = payout.supplier
    place = sepa.Place(supplier.address, supplier.postcode, supplier.town, supplier.country) if supplier else sepa.Place()
    return sepa.Transfer(
        end_to_end=payout.end_to_end,
        amount=payout.amount,
        name=payout.holder,
        iban=payout.iban,
        bic=payout.bic,
        place=place,
        words=f"{payout.congress.code} {payout.end_to_end} {payout.congress.title}",
    )
