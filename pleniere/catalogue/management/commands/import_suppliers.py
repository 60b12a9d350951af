"""`manage.py import_suppliers FILE`: Atout France's list, judged line by line and then written."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.catalogue.actions.imports import AnotherIsWritten, begin_import, claim_writing, end_writing
from pleniere.catalogue.imports import TYPOLOGIES, NotThisList, read, reason_in_words, write
from pleniere.catalogue.models import ImportRow, SupplierImport
from pleniere.common.commands import BureauCommand

VERDICT = ImportRow.Verdict
SHOWN = 20  # ambiguous and broken lines said one by one


class Command(BureauCommand):
    help = (
        "Reads Atout France's list of classified accommodation and makes or changes suppliers. The same file twice changes "
        "nothing; ambiguous lines are listed and never merged: decide them on the import page of the office."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--departement", default="", metavar="42", help="only this département (42, 2A, 971)")
        parser.add_argument("--typologie", action="append", default=[], choices=TYPOLOGIES, help="only this one; may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
        parser.add_argument("--all", action="store_true", help="say every ambiguous and broken line, not the first twenty")

    def handle(self, *args: Any, **options: Any) -> None:
        path, now = options["file"], timezone.now()
        if not path.is_file():
            raise CommandError(f"{path}: no such file")
        facts = {"department": options["departement"], "typologies": options["typologie"]}
        imported = begin_import(name=path.name, **facts, by=SYSTEM, at=now)
        try:
            with path.open("rb") as file:
                read(imported, file, self._said)
        except NotThisList as error:
            raise CommandError(f"{path}: {error}") from error
        self._say_what_was_read(imported, None if options["all"] else SHOWN)
        if options["dry_run"]:
            imported.delete()
            self.stdout.write("dry run: nothing was written")
        else:
            self._write(imported)

    def _write(self, imported: SupplierImport) -> None:
        now = timezone.now()
        try:
            claim_writing(imported, by=SYSTEM, at=now)
        except AnotherIsWritten as error:
            raise CommandError("another list is being written") from error
        result = write(imported, at=now, said=self._said)
        end_writing(imported, result=result, by=SYSTEM, at=now)
        said = ", ".join(f"{outcome} {number}" for outcome, number in sorted(result.items())) or "nothing"
        self.stdout.write(f"written: {said} ({(timezone.now() - now).total_seconds():.1f} s)")

    def _say_what_was_read(self, imported: SupplierImport, most: int | None) -> None:
        counts = imported.counts
        self.stdout.write(f"{imported.name}: {counts['lines']} lines, {counts['encoding']}, {counts['seconds']} s")
        names = {"CREATE": "to create", "CHANGE": "to change", "SAME": "same", "AMBIGUOUS": "ambiguous", "BROKEN": "broken"}
        for verdict, name in names.items():
            fields = f" ({counts['fields']} fields)" if verdict == "CHANGE" and counts["fields"] else ""
            self.stdout.write(f"  {name:<10} {counts[verdict]}{fields}")
        why = ", ".join(f"{reason_in_words(code)}: {number}" for code, number in sorted(counts["ignored"].items()))
        self.stdout.write(f"  {'ignored':<10} {counts['IGNORE']}{f' ({why})' if why else ''}")
        self._say_rows(imported, VERDICT.AMBIGUOUS, most)
        self._say_rows(imported, VERDICT.BROKEN, most)

    def _say_rows(self, imported: SupplierImport, verdict: str, most: int | None) -> None:
        rows = imported.rows.filter(verdict=verdict).order_by("line")
        for row in rows[:most]:
            may_be = ", ".join(f"{name} ({code})" for _pk, code, name in row.candidates)
            said = [row.name, reason_in_words(row.reason), row.detail, may_be]
            self.stdout.write(f"  line {row.line}, {verdict.lower()}: {'; '.join(part for part in said if part)}")
        left = rows.count() - (most or rows.count())
        if left > 0:
            self.stdout.write(f"  and {left} more {verdict.lower()} (--all says them)")

    def _said(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done}/{total} ", ending="")
            self.stderr.flush()
