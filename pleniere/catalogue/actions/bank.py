"""Bank accounts, of suppliers and of the house: proposed by one person, approved by another, kept sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.files import MEGABYTE, PROOF, keep
from pleniere.accounts.files import check as check_file
from pleniere.accounts.models import User
from pleniere.accounts.rights import Actor, require
from pleniere.common import identifiers
from pleniere.common.crypt import fingerprint

from ..models import BankAccount, Supplier

MOST = 10 * MEGABYTE


class SamePerson(Exception):
    """Whoever proposed an account does not approve it."""


class NotWaiting(Exception):
    """This account was approved, refused or replaced meanwhile."""


@transaction.atomic
def propose_iban(
    supplier: Supplier, *, holder: str, iban: str, bic: str = "", proof: Any = None, by: Actor, at: datetime
) -> BankAccount:
    """Another account for this supplier, which waits for a second person. The BIC is found by the IBAN where it can be.

    A proposal that still waits makes room for the new one; the same again is the same. Raises ValidationError, BadFile.
    """
    require(by, "catalogue.propose_iban", supplier)
    holder, iban, bic = _checked(holder, iban, bic)
    Supplier.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    waiting = supplier.bank_accounts.waiting()
    same = waiting.filter(iban_fingerprint=fingerprint(iban), holder=holder, bic=bic).first()
    if same is not None and proof is None:
        return same
    waiting.update(ended_at=at)
    account = BankAccount.objects.create(
        supplier=supplier,
        holder=holder,
        iban=iban,
        iban_fingerprint=fingerprint(iban),
        bic=bic,
        proposed_by=by if isinstance(by, User) else None,
        proposed_at=at,
    )
    if proof is not None:
        content = check_file(proof, kinds=PROOF, most=MOST)
        account.proof = keep(content, name=str(proof.name), subject=supplier, by=by, at=at)
        account.save(update_fields=["proof"])
    trace(by, "iban.proposed", supplier, at=at, after={"iban": account.masked, "holder": holder})
    return account


@transaction.atomic
def approve_iban(account: BankAccount, *, by: Actor, at: datetime) -> bool:
    """From now on the supplier is paid there; the former account ends. False if it was approved already.

    Raises SamePerson for whoever proposed it, NotWaiting if it was refused or replaced.
    """
    require(by, "catalogue.approve_iban", account.supplier)
    account = _locked(account)
    if account.approved_at is not None and account.ended_at is None:
        return False
    if account.ended_at is not None:
        raise NotWaiting
    if isinstance(by, User) and account.proposed_by_id == by.pk:
        raise SamePerson
    account.supplier.bank_accounts.live().update(ended_at=at)
    account.approved_by = by if isinstance(by, User) else None
    account.approved_at = at
    account.save(update_fields=["approved_by", "approved_at"])
    trace(by, "iban.approved", account.supplier, at=at, after={"iban": account.masked, "holder": account.holder})
    return True


@transaction.atomic
def refuse_iban(account: BankAccount, *, reason: str, by: Actor, at: datetime) -> bool:
    """The account in force stays. Whoever proposed it may take it back. False if it was refused already."""
    account = _locked(account)
    if not (isinstance(by, User) and account.proposed_by_id == by.pk):
        require(by, "catalogue.approve_iban", account.supplier)
    if account.approved_at is not None:
        raise NotWaiting
    if account.ended_at is not None:
        return False
    account.ended_at = at
    account.save(update_fields=["ended_at"])
    trace(by, "iban.refused", account.supplier, at=at, before={"iban": account.masked}, reason=reason)
    return True


@transaction.atomic
def end_iban(account: BankAccount, *, reason: str, by: Actor, at: datetime) -> bool:
    """Nothing is paid there any more: closed, or doubtful. False if it had ended already."""
    require(by, "catalogue.approve_iban", account.supplier)
    account = _locked(account)
    if account.ended_at is not None:
        return False
    account.ended_at = at
    account.save(update_fields=["ended_at"])
    trace(by, "iban.ended", account.supplier, at=at, before={"iban": account.masked}, reason=reason)
    return True


def _locked(account: BankAccount) -> BankAccount:
    Supplier.objects.select_for_update(no_key=True).get(pk=account.supplier_id)
    return BankAccount.objects.select_related("supplier").get(pk=account.pk)


def _checked(holder: str, iban: str, bic: str) -> tuple[str, str, str]:
    errors: dict[str, str] = {}
    holder = " ".join(holder.replace("\x00", "").split())
    if not 0 < len(holder) <= 70:
        errors["holder"] = _("The name the bank knows, of 70 characters at most.")
    try:
        iban = identifiers.iban(iban)
    except identifiers.BadNumber as error:
        errors["iban"] = str(error)
    try:
        bic = identifiers.bic(bic) if bic.strip() else ""
    except identifiers.BadNumber as error:
        errors["bic"] = str(error)
    if errors:
        raise ValidationError(errors)
    return holder, iban, bic or identifiers.bic_of(iban)
