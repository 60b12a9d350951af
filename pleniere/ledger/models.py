"""The books: a journal that only grows, balances, and is chained by hash."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import MoneyField


class Account(models.Model):
    """A role of the chart (`CLIENTS`, `PRINCIPALS`, `BANK` …) and the account the bureau keeps it on."""

    role = models.CharField(max_length=24, unique=True)
    number = models.CharField(_("account"), max_length=12)
    label = models.CharField(_("label"), max_length=80)

    def __str__(self) -> str:
        return f"{self.number} {self.label}"


class Month(models.Model):
    """A month of the books, by its first day. Closed, it takes no entry more."""

    first = models.DateField(unique=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=160, blank=True)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


class Chain(models.Model):
    """Head of an append-only chain (receipts, documents, entries): locked to append, never "the last row"."""

    name = models.CharField(max_length=24, unique=True)
    length = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.length})"


class Entry(models.Model):
    """One balanced entry of the journal, written in the transaction of what it records. The same `key` twice is one."""

    key = models.CharField(max_length=120, unique=True)
    number = models.PositiveBigIntegerField(unique=True)  # place in the chain, without a gap
    journal = models.CharField(max_length=4)  # VE, AC, BQ, CH, OD
    date = models.DateField()
    label = models.CharField(max_length=120)
    piece = models.CharField(max_length=60)  # number of the document it rests on
    piece_date = models.DateField()
    about = models.CharField(max_length=80, blank=True, db_index=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number} {self.label}"


class EntryLine(models.Model):
    """One side of an entry: an account by its role, for whom (`aux`: "P:100012", "S:HOTEL7"), debit xor credit."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lines")
    account = models.CharField(max_length=12)  # the number it bore on that day
    role = models.CharField(max_length=24, db_index=True)
    account_label = models.CharField(max_length=80)
    aux = models.CharField(max_length=40, blank=True, db_index=True)
    aux_label = models.CharField(max_length=120, blank=True)
    debit = MoneyField(default=0)
    credit = MoneyField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="entry_line_one_side",
                condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.debit or -self.credit}"
