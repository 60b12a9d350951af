"""A list of suppliers from outside, read first and written after a yes: what was uploaded, and each row that matters."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import File
from pleniere.accounts.rights import can

from .suppliers import Supplier


class SupplierImportQuerySet(models.QuerySet["SupplierImport"]):
    def visible_to(self, actor: Any) -> SupplierImportQuerySet:
        return self if can(actor, "catalogue.import") else self.none()


class SupplierImport(models.Model):
    """One reading of an outside list. Nothing is written to the suppliers before WRITING; at most one is in that state."""

    class State(models.TextChoices):
        READING = "READING", _("being read")
        READ = "READ", _("read, nothing written")
        WRITING = "WRITING", _("being written")
        WRITTEN = "WRITTEN", _("written")
        FAILED = "FAILED", _("could not be read")

    MOVES: dict[str, set[str]] = {
        State.READING: {State.READ, State.FAILED},
        State.READ: {State.READING, State.WRITING},
        State.WRITING: {State.WRITTEN, State.READ},
        State.WRITTEN: set(),
        State.FAILED: set(),
    }

    file = models.ForeignKey(File, models.PROTECT, null=True, blank=True)  # none: read by the command from a path
    name = models.CharField(max_length=200)
    department = models.CharField(_("département"), max_length=3, blank=True)
    typologies = models.JSONField(default=list, blank=True)  # official words to take; empty: all we know
    state = models.CharField(max_length=8, choices=State, default=State.READING)
    counts = models.JSONField(default=dict, blank=True)  # {verdict: rows}, "lines", "fields", "ignored": {reason: rows}
    result = models.JSONField(default=dict, blank=True)  # what writing did: {created, changed, …}
    error = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=160)
    made_at = models.DateTimeField()
    touched_at = models.DateTimeField()  # the last sign of life of who reads or writes
    written_by = models.CharField(max_length=160, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

    objects = SupplierImportQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="one_import_written_at_once", fields=["state"], condition=Q(state="WRITING")),
        ]

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """A line of the list that asks for something: to make, to change, to decide, to mend."""

    class Verdict(models.TextChoices):
        CREATE = "CREATE", _("to create")
        CHANGE = "CHANGE", _("to change")
        SAME = "SAME", _("unchanged")  # counted, never kept as rows
        IGNORE = "IGNORE", _("ignored")
        AMBIGUOUS = "AMBIGUOUS", _("ambiguous")
        BROKEN = "BROKEN", _("unreadable")

    class Choice(models.TextChoices):
        TAKE = "TAKE", _("write it")
        LEAVE = "LEAVE", _("leave it")
        NEW = "NEW", _("a new supplier")  # of an ambiguous row
        SAME_AS = "SAME_AS", _("this supplier")  # of an ambiguous row: `supplier`

    imported = models.ForeignKey(SupplierImport, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    verdict = models.CharField(max_length=9, choices=Verdict)
    name = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)  # fields of Supplier as the list has them
    changes = models.JSONField(default=list)  # [field, before, after, typed by hand?]
    reason = models.CharField(max_length=12, blank=True)  # a code of `imports.REASONS`
    detail = models.CharField(max_length=250, blank=True)
    candidates = models.JSONField(default=list)  # [pk, code, name] of suppliers it may be
    supplier = models.ForeignKey(Supplier, models.SET_NULL, null=True, blank=True, related_name="+")
    choice = models.CharField(max_length=7, choices=Choice, default=Choice.TAKE)
    overwrite = models.BooleanField(default=False)  # also what was typed by hand
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # what writing did with it

    class Meta:
        ordering = ["imported", "line"]
        indexes = [models.Index(fields=["imported", "verdict", "line"])]

    def __str__(self) -> str:
        return f"{self.imported}:{self.line} {self.verdict}"
