"""The journal balances and nobody touched it; nor any other chain."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Sum
from django.utils.translation import gettext_noop

from pleniere.common.audits import check
from pleniere.common.money import ZERO, cents

from .chains import chain_names, verify_chain
from .models import Entry


@check(gettext_noop("ledger: chains verify"))
def chains() -> Iterator[str]:
    for name in chain_names():
        yield from verify_chain(name)


@check(gettext_noop("ledger: entries balance"))
def balance() -> Iterator[str]:
    sums = Entry.objects.annotate(debit=Sum("lines__debit"), credit=Sum("lines__credit"), sides=Count("lines"))
    for number, debit, credit, sides in sums.order_by("number").values_list("number", "debit", "credit", "sides"):
        debit, credit = cents(debit or ZERO), cents(credit or ZERO)
        if debit != credit or sides < 2:
            yield f"entry {number}: debit {debit}, credit {credit}, {sides} lines"
