"""Drafting payouts: one per supplier, of what is payable now, less what the supplier owes us."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.allotment.models import Block, BlockDue
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.common.money import ZERO, cents, total
from pleniere.congress.models import Congress

from ..models import Payout, PayoutLine
from ..queries import Selection, SupplierRow, accounts_of, deposits_of, supplier_rows, tax_rows, why_not

TRANSFER, CHEQUE = Payout.Kind.TRANSFER, Payout.Kind.CHEQUE
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing a voice on the phone confuses


class CannotPay(Exception):
    """Nothing can leave, and why: shown to the person as it is."""


@dataclass(frozen=True)
class Blocked:
    """A supplier that is owed money and cannot be paid: MISSING, WAITING (an IBAN not approved) or HOLDER; and how much is kept back."""

    supplier: Supplier
    why: str
    amount: Decimal

    def __str__(self) -> str:
        words = {
            "MISSING": _("%(supplier)s has no bank account."),
            "WAITING": _("%(supplier)s: its new IBAN waits for a second person’s approval."),
            "HOLDER": _("%(supplier)s: the legal holder of its account is missing."),
        }
        return words[self.why] % {"supplier": self.supplier}


@dataclass
class Prepared:
    """What a selection gave: drafts, and the suppliers held back."""

    payouts: list[Payout] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)


@transaction.atomic
def prepare_payouts(
    chosen: Selection,
    *,
    suppliers: Iterable[int] | None = None,
    most: Mapping[int, Decimal] | None = None,
    codes: Mapping[int, str] | None = None,
    kind: str = TRANSFER,
    key: str = "",
    by: Actor,
    at: datetime,
) -> Prepared:
    """Draft one payout per supplier of the selection (of those named), of what is payable now; `most` caps some of them.

    What a supplier owes us is taken off as far as its positive lines reach: a transfer is never negative, and may be zero.
    Suppliers are locked first, so that two people preparing at once pay no more than is payable. The same `key` twice is
    one: what a cap or the others' share left payable is drafted by a new decision only.
    """
    require(by, "payout.prepare", chosen.congress)
    rows = _locked_rows(chosen, suppliers)
    if key and (known := list(Payout.objects.filter(congress=chosen.congress, key__startswith=f"{key}:").order_by("pk"))):
        return Prepared(known)
    accounts = accounts_of(row.supplier.pk for row in rows)
    result = Prepared()
    for row in rows:
        parts = parts_of(row, most=(most or {}).get(row.supplier.pk))
        code = (codes or {}).get(row.supplier.pk, row.operator_code)[:20]
        facts: dict[str, Any] = {"kind": kind, "operator_code": code, "key": f"{key}:{row.supplier.pk}" if key else None}
        _draft_to(row.supplier, parts, accounts[row.supplier.pk], chosen, result, **facts, by=by, at=at)
    return result


@transaction.atomic
def prepare_tax(chosen: Selection, *, to: Supplier | None = None, kind: str = TRANSFER, by: Actor, at: datetime) -> Prepared:
    """Hand on the tourist tax collected in full: to each hotel, or all of it to `to` (the town, a supplier as any)."""
    require(by, "payout.prepare", chosen.congress)
    found = tax_rows(chosen)
    _lock(row.supplier.pk for row in found)
    rows = tax_rows(chosen)
    accounts = accounts_of([*(row.supplier.pk for row in rows), *([to.pk] if to else [])])
    groups = [(to, rows)] if to else [(row.supplier, [row]) for row in rows]
    result = Prepared()
    for supplier, its_rows in groups:
        ready = [each for row in its_rows for each in row.standings if each.payable > 0]
        parts = [Part(each.payable, charge=each.charge) for each in ready]
        _draft_to(supplier, parts, accounts[supplier.pk], chosen, result, kind=kind, by=by, at=at)
    return result


def _draft_to(
    supplier: Supplier,
    parts: Sequence[Part],
    accounts: Iterable[BankAccount],
    chosen: Selection,
    result: Prepared,
    *,
    kind: str,
    by: Actor,
    at: datetime,
    **facts: Any,
) -> None:
    """A draft of these parts, or why there is none; nothing when there is nothing to pay."""
    amount = total(part.amount for part in parts)
    why = why_not(accounts) if kind == TRANSFER and amount else ""
    if why:
        result.blocked.append(Blocked(supplier, why, amount))
    elif parts:
        account = live_account(accounts)
        payout = draft(chosen.congress, parts, account=account, supplier=supplier, kind=kind, by=by, at=at, **facts)
        result.payouts.append(payout)


@transaction.atomic
def pay_advance(block: Block, amount: Decimal, *, kind: str = TRANSFER, key: str, by: Actor, at: datetime) -> Payout:
    """Draft an advance on a block, taken off what is later paid to its supplier. The same `key` twice is one.

    Raises CannotPay when the amount is not positive or the supplier's IBAN is not approved.
    """
    require(by, "payout.prepare", block)
    _lock([block.supplier_id])
    known = Payout.objects.filter(key=key).first()
    if known is not None:
        return known
    if amount <= 0:
        raise CannotPay(_("An advance is more than zero."))
    accounts = accounts_of([block.supplier_id])[block.supplier_id]
    why = why_not(accounts) if kind == TRANSFER else ""
    if why:
        raise CannotPay(str(Blocked(block.supplier, why, amount)))
    parts = [Part(cents(amount), block=block.pk, label=_("Advance"))]
    account = live_account(accounts)
    return draft(block.congress, parts, account=account, supplier=block.supplier, kind=kind, key=key, by=by, at=at)


@transaction.atomic
def pay_deposit(due: BlockDue, *, kind: str = TRANSFER, key: str, by: Actor, at: datetime) -> Payout:
    """Draft what no payout has taken yet of a deposit agreed with a hotel, as an advance on its block. The same `key` twice is one.

    Raises CannotPay when all of it is paid or drafted, or the supplier's IBAN is not approved.
    """
    require(by, "payout.prepare", due.block)
    _lock([due.block.supplier_id])
    found = deposits_of(due.block.congress_id, due.block.supplier_id)
    left = next(each.left for each in found if each.due == due)
    if left <= 0 and not Payout.objects.filter(key=key).exists():
        raise CannotPay(_("This deposit is paid already, or its payout is drafted."))
    return pay_advance(due.block, left, kind=kind, key=key, by=by, at=at)


def _locked_rows(chosen: Selection, suppliers: Iterable[int] | None) -> list[SupplierRow]:
    """The selection's rows as they stand once their suppliers are locked."""
    wanted = None if suppliers is None else set(suppliers)
    found = {row.supplier.pk for row in supplier_rows(chosen) if row.positive}
    _lock(found if wanted is None else found & wanted)
    rows = supplier_rows(chosen)
    return [row for row in rows if row.supplier.pk in found and (wanted is None or row.supplier.pk in wanted)]


def _lock(suppliers: Iterable[int]) -> list[Supplier]:
    return list(Supplier.objects.select_for_update(no_key=True).filter(pk__in=set(suppliers)).order_by("pk"))


@dataclass(frozen=True)
class Part:
    """A line to be: what it settles, and how much of it."""

    amount: Decimal
    charge: int | None = None
    block: int | None = None
    receipt: int | None = None
    label: str = ""


def parts_of(row: SupplierRow, *, most: Decimal | None = None) -> list[Part]:
    """What is paid and what is taken off, summing to the transfer: never below zero, never above `most`; [] if nothing leaves."""
    plus = [Part(each.payable, charge=each.charge) for each in row.standings if each.payable > 0]
    minus = [Part(-each.owed, charge=each.charge) for each in row.standings if each.owed < 0]
    minus += [Part(amount, block=block, label=_("Advance recovered")) for block, amount in row.advances.items()]
    off = cut(minus, total(part.amount for part in plus))
    taken = total(part.amount for part in off)
    leaves = total(part.amount for part in plus) - taken
    paid = cut(plus, taken + (leaves if most is None else max(ZERO, min(leaves, most))))
    return [*paid, *(replace(part, amount=-part.amount) for part in off)] if paid else []


def cut(parts: Sequence[Part], most: Decimal) -> list[Part]:
    """The parts in turn, up to `most` in all."""
    kept = []
    for part in parts:
        amount = min(part.amount, most)
        if amount > 0:
            kept.append(replace(part, amount=amount))
            most -= amount
    return kept


def draft(
    congress: Congress,
    parts: Sequence[Part],
    *,
    by: Actor,
    at: datetime,
    account: BankAccount | None = None,
    **facts: Any,
) -> Payout:
    """The payout with its lines, its IBAN as it is approved today; its reference is on every paper and in the bank's file."""
    if account is not None and facts.get("kind") != CHEQUE:
        facts |= frozen(account)
    payout = Payout.objects.create(
        congress=congress,
        end_to_end=new_reference(congress.local_date(at)),
        amount=total(part.amount for part in parts),
        made_at=at,
        made_by=str(by)[:160],
        **facts,
    )
    PayoutLine.objects.bulk_create(
        PayoutLine(
            payout=payout,
            charge_id=part.charge,
            block_id=part.block,
            receipt_id=part.receipt,
            amount=part.amount,
            label=part.label[:250],
        )
        for part in parts
    )
    trace(by, "payout.prepared", payout, at=at, after={"amount": str(payout.amount), "to": payout.payee})
    return payout


def frozen(account: BankAccount) -> dict[str, Any]:
    """What a payout keeps of the account it is paid on."""
    return {"holder": account.holder, "iban": account.iban, "bic": account.bic}


def live_account(accounts: Iterable[BankAccount]) -> BankAccount | None:
    return next((each for each in accounts if each.approved_at and each.ended_at is None), None)


def new_reference(day: date) -> str:
    """ "PL270412-7F3AK29Q": no two are the same, and a bank takes every character of it."""
    return f"PL{day:%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _each in range(8))
