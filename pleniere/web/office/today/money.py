"""What waits about money: to match, to bank, to approve, to come."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.models import User
from pleniere.accounts.rights import can
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.common.money import cents
from pleniere.common.shown import day, money
from pleniere.congress.models import Congress
from pleniere.payment.queries import announced as announced_to
from pleniere.payment.queries import in_suspense, to_remit
from pleniere.payout.models import Payout, Purchase

from .items import SOON, Item, Section, url


def suspense(user: User, at: datetime, most: int) -> Section:
    """Money of nobody yet."""
    found = in_suspense(user)
    items = [
        Item(
            receipt.drawer or receipt.note or str(receipt.get_kind_display()),
            _("received on %(day)s") % {"day": day(receipt.on)},
            money(left),
            url("office-payments-match", receipt.pk),
            "new",
        )
        for receipt, left in found[:most]
    ]
    return Section(_("Money to match"), "bank", items, len(found), url("office-payments-suspense"))


def announced(user: User, at: datetime, most: int) -> Section:
    """Cheques, transfers and orders announced whose day has come."""
    rows = announced_to(user).filter(expected_by__lte=at.date())
    items = [
        Item(
            f"{attempt.payer.booking.number}, {attempt.payer.client}",
            str(attempt.get_kind_display()),
            money(attempt.amount, attempt.currency),
            url("office-booking-payments", attempt.payer.booking.number),
            "late",
        )
        for attempt in rows[:most]
    ]
    return Section(_("Payments announced and not come"), "euro", items, rows.count(), url("office-payments-announced"))


def cheques(user: User, at: datetime, most: int) -> Section:
    """Cheques in the drawer, to be taken to the bank."""
    rows = to_remit(user)
    items = [
        Item(
            row.drawer or (str(row.payer.client) if row.payer else str(row.get_kind_display())),
            _("received on %(day)s") % {"day": day(row.on)},
            money(row.amount),
            url("office-payment", row.pk),
            "new",
        )
        for row in rows[:most]
    ]
    return Section(_("Cheques to bank"), "bank", items, rows.count(), url("office-payments-bank"))


def payouts(user: User, at: datetime, most: int) -> Section:
    """Drafts of payouts, for who may approve them: one thing to do by congress."""
    title = _("Payouts to approve")
    drafts = Payout.objects.visible_to(user).filter(state=Payout.State.DRAFT).order_by()
    sums = {pk: (n, cents(sum_)) for pk, n, sum_ in drafts.values_list("congress").annotate(n=Count("pk"), sum=Sum("amount"))}
    congresses = Congress.objects.filter(pk__in=sums).order_by("starts", "pk")
    found = [(each, *sums[each.pk]) for each in congresses if can(user, "payout.approve", each)]
    items = [
        Item(
            str(congress),
            ngettext("%(n)d draft of a payout", "%(n)d drafts of payouts", n) % {"n": n},
            money(sum_, congress.currency),
            url("office-payouts-made", congress.code),
            "option",
        )
        for congress, n, sum_ in found
    ]
    return Section(title, "euro", items[:most], len(items))


def ibans(user: User, at: datetime, most: int) -> Section:
    """Bank accounts this person may approve: never one's own."""
    title = _("Bank accounts to approve")
    if not can(user, "catalogue.approve_iban"):
        return Section(title, "lock")
    rows = _proposed().exclude(proposed_by=user)
    return Section(title, "lock", [_account(row) for row in rows[:most]], rows.count())


def own_ibans(user: User, at: datetime, most: int) -> Section:
    """Those this person proposed, which wait for somebody else."""
    rows = _proposed().filter(proposed_by=user)
    return Section(_("Bank accounts that await a second person"), "lock", [_account(row) for row in rows[:most]], rows.count())


def _proposed() -> QuerySet[BankAccount]:
    rows = BankAccount.objects.filter(approved_at=None, ended_at=None).select_related("supplier", "proposed_by")
    return rows.order_by("proposed_at", "pk")


def _account(row: BankAccount) -> Item:
    is_house = row.supplier.kind == Supplier.Kind.HOUSE
    return Item(
        _("The bureau’s own account") if is_house else str(row.supplier),
        _("proposed by %(who)s") % {"who": row.proposed_by or "–"},
        day(row.proposed_at.date()),
        url("office-settings-bank") if is_house else url("office-supplier-bank", row.supplier_id),
        "option",
    )


def counts(user: User, at: datetime, most: int) -> Section:
    """What is guaranteed to suppliers and whose final number is due within three days."""
    rows = Purchase.objects.visible_to(user).to_count((at + SOON).date()).select_related("supplier", "line__rate", "congress")
    items = [
        Item(
            _("%(what)s, %(supplier)s") % {"what": row.line.rate, "supplier": row.supplier},
            str(row.congress),
            day(row.final_on) if row.final_on else "",
            url("office-purchases", row.congress.code),
            "late" if row.final_on and row.final_on < at.date() else "option",
        )
        for row in rows[:most]
    ]
    return Section(_("Final numbers to say"), "users", items, rows.count())
