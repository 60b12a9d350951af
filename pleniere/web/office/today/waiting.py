"""What waits for somebody in the office, the most pressing first: only from what is there, each with the page where it is done.

Every section costs a fixed number of queries: a count, and its first rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pleniere.accounts.models import User

from . import clients, draws, mails, money, rooms
from .items import Section, url

FEW, ALL = 6, 500  # rows of a section on the first page; on its own
PARTS: dict[str, Callable[[User, datetime, int], Section]] = {
    "overbooked": rooms.overbooked,
    "options": rooms.options,
    "draws": draws.stuck,
    "questions": clients.asked,
    "penalties": rooms.penalties,
    "proposals": rooms.proposals,
    "releases": rooms.releases,
    "nights-out": rooms.nights_out,
    "answers": rooms.silent,
    "untaken": rooms.untaken,
    "quotes": rooms.quotes,
    "quote-questions": rooms.quote_questions,
    "stuck-mails": mails.stuck,
    "final-numbers": money.counts,
    "suspense": money.suspense,
    "announced": money.announced,
    "cheques": money.cheques,
    "payouts": money.payouts,
    "accounts": money.ibans,
    "own-accounts": money.own_ibans,
    "enquiries": rooms.enquiries,
    "mails": mails.failed,
    "kept-mails": mails.kept,
}


def sections(user: User, *, at: datetime) -> list[Section]:
    """All sections that have something, the pressing ones first; each count leads to what it counts."""
    found = []
    for name, part in PARTS.items():
        section = part(user, at, FEW)
        section.url = section.url or url("office-waiting", name)
        found.append(section)
    return [section for section in found if section.count]


def section(user: User, name: str, *, at: datetime) -> Section | None:
    """All of one section."""
    return PARTS[name](user, at, ALL) if name in PARTS else None
