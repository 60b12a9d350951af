"""The quote on paper: what is proposed, who pays which part, VAT by rate, until when it holds, and who accepted it."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.models import Bureau
from pleniere.common import paper
from pleniere.common.shown import day, days, moment, money, number, percent

from .models import Quote, QuoteLine
from .queries import Sums, amended, view_of


def quote_pdf(quote: Quote, *, strict: bool = False) -> bytes:
    """In the organiser's language."""
    with translation.override(quote.client.language):
        data = paper_of(quote)
    facts = {"title": data["title"], "language": quote.client.language, "strict": strict}
    return paper.pdf("quote/quote", data, at=quote.sent_at or quote.made_at, **facts)


def file_name(quote: Quote) -> str:
    return f"{reference(quote)}.pdf"


def reference(quote: Quote) -> str:
    """As people name it: the congress and the version."""
    return f"{quote.congress.code}-v{quote.version}"


def title_of(quote: Quote) -> str:
    """A quote, or an amendment to the one that was accepted."""
    former = amended(quote)
    if former is None or former.answered_at is None:
        return _("Quote %(name)s") % {"name": reference(quote)}
    facts = {"name": reference(quote), "former": reference(former), "day": day(former.answered_at.date())}
    return _("Amendment %(name)s to the quote %(former)s accepted on %(day)s") % facts


def paper_of(quote: Quote) -> dict[str, Any]:
    """Everything the paper says, in the language in force; what tests read."""
    view, currency = view_of(quote), quote.congress.currency
    bureau = Bureau.objects.filter(pk=1).first()
    client = quote.client
    rows: list[dict[str, Any]] = []
    for group, lines in view.groups:
        rows += [{"cells": _cells(line, group, currency)} for line in lines]
    return {
        "title": title_of(quote),
        "page": _("page {page} of {pages}"),
        "foot": " ".join(bureau.legal_lines()) if bureau else "",
        "sender": bureau.name if bureau else "",
        "address": [*bureau.address.splitlines(), f"{bureau.postcode} {bureau.town}", bureau.email] if bureau else [],
        "dates": [line for line in (_sent(quote), _("Valid until %(day)s") % {"day": day(quote.valid_until)}) if line],
        "about": [str(quote.congress), days(quote.congress.starts, quote.congress.ends), quote.congress.venue],
        "buyer": str(client),
        "buyer_lines": [*client.address.splitlines(), f"{client.postcode} {client.town}".strip(), client.email],
        "text": quote.text,
        "columns": [
            {"title": _("Item"), "right": False},
            {"title": _("Quantity"), "right": True},
            {"title": _("Unit, VAT incl."), "right": True},
            {"title": _("VAT"), "right": True},
            {"title": _("Total, VAT incl."), "right": True},
            {"title": _("Paid by"), "right": False, "width": "24mm"},
        ],
        "rows": rows,
        "sums": _sums(view.organiser, currency),
        "kept": _("Kept for your participants, who pay it themselves: %(sum)s.") % {"sum": money(view.delegates.gross, currency)}
        if view.delegates.gross
        else "",
        "answer": _answer(quote),
    }


def _cells(line: QuoteLine, group: str, currency: str) -> list[Any]:
    who = _("you") if line.who == QuoteLine.Who.ORGANISER else _("participants")
    name = {"text": line.label, "note": group}
    count = number(line.quantity) if line.days == 1 else f"{number(line.each_day)} × {number(line.days)}"
    vat = _("on the margin") if line.margin else ", ".join(percent(rate) for rate in line.vat_rates)
    return [name, count, money(line.unit, currency), vat, money(line.total, currency), who]


def _sums(sums: Sums, currency: str) -> list[list[Any]]:
    rows: list[list[Any]] = [[_("Excl. VAT"), money(sums.net, currency), False]] if sums.by_rate or not sums.margin else []
    for rate, net, vat in sums.by_rate:
        facts = {"rate": percent(rate), "net": money(net, currency)}
        rows.append([_("VAT %(rate)s of %(net)s") % facts, money(vat, currency), False])
    if sums.margin:
        rows.append([_("Sold with VAT on the margin"), money(sums.margin, currency), False])
    return [*rows, [_("For you to pay, VAT incl."), money(sums.gross, currency), True]]


def _sent(quote: Quote) -> str:
    return _("Sent on %(day)s") % {"day": day(quote.sent_at.date())} if quote.sent_at else _("Draft")


def _answer(quote: Quote) -> str:
    """Who said yes; else where one signs."""
    if quote.state in (Quote.State.ACCEPTED, Quote.State.SUPERSEDED) and quote.answered_at and quote.answered_name:
        facts = {"name": quote.answered_name, "function": quote.answered_function, "at": moment(quote.answered_at)}
        if quote.answered_via != Quote.Via.LINK:
            facts |= {"how": quote.get_answered_via_display(), "at": day(quote.answered_at.date())}
            return _("Accepted %(how)s by %(name)s, %(function)s, on %(at)s.") % facts
        return _("Accepted online by %(name)s, %(function)s, on %(at)s.") % facts
    return _("To accept it, open the link in our mail and give your name and function.")
