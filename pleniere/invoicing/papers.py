"""The document on paper, from what was written down at issue: PDF/A, kept ten years, the same text whenever it is set again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.booking.models import Charge
from pleniere.catalogue.models import Contract
from pleniere.common import paper
from pleniere.common.money import CENT, ZERO, total
from pleniere.common.shown import day, money, number, percent
from pleniere.common.words import LocalText

from .models import Invoice, InvoiceLine
from .queries import Paid, paid_of

Kind, Mode = Invoice.Kind, Contract.Mode


def invoice_pdf(invoice: Invoice, *, strict: bool = False) -> bytes:
    """The document as PDF, in the language it was issued in; "acquittée" once the payer's money covers it."""
    with translation.override(invoice.language):
        data = paper_of(invoice)
    return paper.pdf(
        "invoicing/invoice",
        data,
        title=data["title"],
        language=invoice.language,
        archived=True,
        at=invoice.issued_at,
        strict=strict,
    )


def file_name(invoice: Invoice) -> str:
    """As a download is called: "FA2027-00012.pdf"."""
    return f"{invoice.reference}.pdf"


def title_of(invoice: Invoice) -> str:
    """What it is and its number, in the language in force."""
    words = {
        Kind.INVOICE: _("Invoice %(number)s"),
        Kind.DEPOSIT: _("Deposit invoice %(number)s"),
        Kind.CREDIT: _("Credit note %(number)s"),
        Kind.COMMISSION: _("Commission invoice %(number)s"),
    }
    return words[Kind(invoice.kind)] % {"number": invoice.reference}


def paper_of(invoice: Invoice) -> dict[str, Any]:
    """Everything the paper says, in the language in force; what tests read."""
    lines = list(invoice.lines.select_related("charge", "undoes__series").order_by("position"))
    paid = paid_of(invoice.payer).get(invoice.pk) if invoice.payer else None
    issuer, buyer = invoice.issuer_as, invoice.buyer_as
    return {
        "title": title_of(invoice),
        "issuer": issuer["trade_name"] or issuer["name"],
        "address": list(_issuer_lines(issuer)),
        "dates": list(_dates(invoice)),
        "paid": _("Paid on %(day)s") % {"day": day(paid.on)} if paid and paid.on else "",
        "about": list(_about(invoice)),
        "buyer": buyer["name"],
        "buyer_lines": list(_buyer_lines(buyer)),
        "columns": _columns(invoice.mode == Mode.MARGIN),
        "rows": [_row(invoice, line) for line in lines if line.undoes_id is None],
        "sums": list(_sums(invoice, lines, paid)),
        "pay_title": _("How to pay"),
        "pay": list(_pay(invoice, paid)),
        "mentions": list(_mentions(invoice, lines)),
        "foot": f"{issuer['name']} · {invoice.reference}",
        "page": _("page {page} of {pages}"),
    }


def _issuer_lines(issuer: dict[str, Any]) -> Iterator[str]:
    yield ", ".join(part for part in (issuer["name"], issuer.get("legal_form", "")) if part)
    yield from (line for line in issuer["address"] if line)
    if issuer["siret"]:
        yield _("SIREN %(siren)s · SIRET %(siret)s") % {"siren": issuer["siren"], "siret": issuer["siret"]}
    if issuer["vat_number"]:
        yield _("VAT no. %(number)s") % {"number": issuer["vat_number"]}


def _buyer_lines(buyer: dict[str, Any]) -> Iterator[str]:
    yield from (line for line in (buyer.get("contact", ""), *buyer["address"]) if line)
    if buyer.get("country", "FR") != "FR":
        yield buyer["country"]
    if buyer["siret"]:
        yield _("SIREN %(siren)s · SIRET %(siret)s") % {"siren": buyer["siren"], "siret": buyer["siret"]}
    if buyer["vat_number"]:
        yield _("VAT no. %(number)s") % {"number": buyer["vat_number"]}
    if buyer.get("service_code"):
        yield _("Service code %(code)s") % {"code": buyer["service_code"]}
    if buyer.get("engagement"):
        yield _("Order or engagement %(number)s") % {"number": buyer["engagement"]}


def _dates(invoice: Invoice) -> Iterator[str]:
    yield _("Issued on %(day)s") % {"day": day(invoice.date)}
    if invoice.kind != Kind.CREDIT:
        yield _("Due on %(day)s") % {"day": day(invoice.due_on)}
    if invoice.credit_of:
        facts = {"number": invoice.credit_of.reference, "day": day(invoice.credit_of.date)}
        yield _("Cancels, in whole or in part, invoice %(number)s of %(day)s") % facts


def _about(invoice: Invoice) -> Iterator[str]:
    buyer = invoice.buyer_as
    if buyer.get("booking"):
        yield _("Booking %(number)s") % {"number": buyer["booking"]}
    yield str(LocalText(buyer.get("congress", {})))
    if buyer.get("reference"):
        yield _("Reference to quote: %(reference)s") % {"reference": buyer["reference"]}
    yield _("Nature of the operation: provision of services")
    if buyer.get("reason"):
        yield _("Reason: %(reason)s") % {"reason": buyer["reason"]}


def _columns(margin: bool) -> list[dict[str, Any]]:
    """No VAT is shown where it is on the margin."""
    what = [{"title": _("Designation"), "right": False}, {"title": _("Qty"), "right": True}]
    if margin:
        return [*what, {"title": _("Unit price"), "right": True}, {"title": _("Total"), "right": True}]
    money_ = [_("Unit excl. VAT"), _("VAT"), _("Total excl. VAT"), _("Total incl. VAT")]
    return [*what, *({"title": title, "right": True} for title in money_)]


def _row(invoice: Invoice, line: InvoiceLine) -> dict[str, Any]:
    sign = line.sign * invoice.effect
    what = {"text": line.label, "note": line.detail}
    unit = _unit(line.unit_net)
    if invoice.mode == Mode.MARGIN:
        return {"cells": [what, str(line.quantity), unit, money(sign * line.total)]}
    return {"cells": [what, str(line.quantity), unit, percent(line.vat), money(sign * line.net), money(sign * line.total)]}


def _unit(amount: Decimal) -> str:
    """A unit price to the cent, or with the four decimals it needs."""
    if amount == amount.quantize(CENT):
        return money(amount)
    text = number(amount, 4)
    return f"{text}\u00a0€" if (translation.get_language() or "fr").startswith("fr") else f"€{text}"


def _sums(invoice: Invoice, lines: list[InvoiceLine], paid: Paid | None) -> Iterator[tuple[str, str, bool]]:
    sales = [line for line in lines if line.undoes_id is None]
    sign = invoice.effect
    whole = sign * total(line.sign * line.total for line in sales)
    if invoice.mode == Mode.MARGIN:
        yield _("Total"), money(whole), True
    else:
        by_rate: dict[Decimal, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
        for line in sales:
            net, vat = by_rate[line.vat]
            by_rate[line.vat] = net + sign * line.sign * line.net, vat + sign * line.sign * line.vat_amount
        yield _("Total excl. VAT"), money(total(net for net, _vat in by_rate.values())), False
        for rate, (net, vat) in sorted(by_rate.items()):
            yield _("VAT %(rate)s on %(net)s") % {"rate": percent(rate), "net": money(net)}, money(vat), False
        yield _("Total incl. VAT"), money(whole), True
    for line in lines:
        if line.undoes_id:
            yield line.label, money(sign * line.sign * line.total), False
    if paid is not None:
        yield _("Received"), money(invoice.total - paid.left), False
        yield _("Left to pay"), money(paid.left), True


def _pay(invoice: Invoice, paid: Paid | None) -> Iterator[str]:
    """How to pay what is left: to the house, which collects for its suppliers too."""
    house = invoice.issuer_as.get("agent") or invoice.issuer_as
    if invoice.kind == Kind.COMMISSION:
        yield _("Taken off what we hold for you; if we hold nothing, payable on receipt.")
    if paid is None or not paid.left or not house.get("iban"):
        return
    facts = {"day": day(invoice.due_on), "iban": _grouped(house["iban"]), "bic": house["bic"], "holder": house["holder"]}
    yield _("By transfer before %(day)s: IBAN %(iban)s, BIC %(bic)s, in the name of %(holder)s.") % facts
    yield _("Reference: %(reference)s") % {"reference": invoice.buyer_as["reference"]}


def _mentions(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[str]:
    issuer = invoice.issuer_as
    house = issuer.get("agent") or issuer
    if issuer.get("agent"):
        facts = {"house": house["name"], "supplier": issuer["name"], "day": _iso_day(issuer["mandate_on"])}
        yield _("Invoice made out by %(house)s in the name and on behalf of %(supplier)s, under its mandate of %(day)s.") % facts
    if invoice.mode == Mode.MARGIN and invoice.kind != Kind.COMMISSION:
        yield _("Margin scheme: “Régime particulier-Agences de voyages”. The VAT it holds is not deductible.")
    if any(line.charge and line.charge.kind == Charge.Kind.TAX for line in lines):
        yield _("Tourist tax: collected on behalf of the municipality, outside the VAT base.")
    if invoice.kind == Kind.DEPOSIT:
        yield _("Deposit: it will be taken off the final invoice.")
    if invoice.kind != Kind.CREDIT:
        yield _(
            "Payable by the due date, no discount for early payment. Between professionals, late payment: penalty at %(rate)s, "
            "and a fixed charge of 40 € for recovery (commercial code, L441-10 and D441-5)."
        ) % {"rate": house["late_rate"]}
    travel = [
        (_("Travel operators’ register: %(x)s."), house["registration_number"]),
        (_("Financial guarantor: %(x)s."), house["guarantor"]),
        (_("Liability insurer: %(x)s."), house["insurer"]),
        (_("Consumer mediator: %(x)s."), house["mediator"]),
    ]
    who = f"{house['name']}. " if issuer.get("agent") else ""
    yield who + " ".join(words % {"x": value} for words, value in travel if value)


def _iso_day(text: str) -> str:
    return day(date.fromisoformat(text)) if text else ""


def _grouped(iban: str) -> str:
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
