"""The paper that goes with cheques to the bank."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.actions import the_bureau
from pleniere.common import paper
from pleniere.common.shown import day, money

from .models import DepositSlip


def slip_pdf(slip: DepositSlip) -> bytes:
    """The slip in the language in force: one row a cheque, the total, the account it goes to."""
    bureau = the_bureau()
    receipts = list(slip.receipts.select_related("payer__client", "payer__booking").order_by("number"))
    title = _("Cheque deposit slip %(slip)s") % {"slip": slip}
    count = ngettext("%(n)d cheque", "%(n)d cheques", len(receipts)) % {"n": len(receipts)}
    data = {
        "sender": bureau.legal_name or bureau.name,
        "address": [bureau.address, f"{bureau.postcode} {bureau.town}".strip()],
        "kind": _("Deposit slip"),
        "number": str(slip),
        "on": day(slip.on),
        "title": title,
        "account": [slip.bank_account.holder, f"IBAN {_in_fours(slip.bank_account.iban)}", slip.bank_account.bic],
        "columns": [
            {"title": _("Cheque"), "right": False, "width": "3cm"},
            {"title": _("Bank"), "right": False},
            {"title": _("Drawer"), "right": False},
            {"title": _("Booking"), "right": False, "width": "2.6cm"},
            {"title": _("Amount"), "right": True},
        ],
        "rows": [
            {
                "cells": [
                    receipt.cheque_number,
                    receipt.bank,
                    receipt.drawer or (str(receipt.payer.client) if receipt.payer else ""),
                    receipt.payer.booking.number if receipt.payer else "",
                    money(receipt.amount),
                ]
            }
            for receipt in receipts
        ],
        "totals": [[count, "", "", "", money(slip.total)]],
        "signature": _("Signature of the depositor"),
        "page": _("page {page} of {pages}"),
    }
    return paper.pdf("payment/slip", data, title=title, at=slip.at)


def _in_fours(iban: str) -> str:
    return " ".join(iban[n : n + 4] for n in range(0, len(iban), 4))
