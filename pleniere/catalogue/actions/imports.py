"""An outside list: handed in, read, decided upon, written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from pleniere.accounts.actions import trace
from pleniere.accounts.files import MEGABYTE, TABLE, keep
from pleniere.accounts.files import check as check_file
from pleniere.accounts.models import actor_name
from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move
from pleniere.messaging import jobs

from ..imports import TYPOLOGIES
from ..models import ImportRow, Supplier, SupplierImport

MOST = 20 * MEGABYTE
SILENT = timedelta(minutes=5)  # without a sign of life whoever wrote is gone
STATE, VERDICT, CHOICE = SupplierImport.State, ImportRow.Verdict, ImportRow.Choice


class AnotherIsWritten(Exception):
    """One list is written at a time."""


class NotDecided(Exception):
    """This choice does not answer what the line asks."""


@transaction.atomic
def begin_import(*, name: str, department: str = "", typologies: Iterable[str] = (), by: Actor, at: datetime) -> SupplierImport:
    """An import of which nothing is read yet. `department` as 42, 2A or 971; none of either filter takes all."""
    require(by, "catalogue.import")
    wanted = [typology for typology in TYPOLOGIES if typology in set(typologies)]
    facts = {"name": name[:200], "department": department.strip().upper()[:3], "typologies": wanted}
    return SupplierImport.objects.create(**facts, by=actor_name(by), made_at=at, touched_at=at)


@transaction.atomic
def upload_import(upload: Any, *, department: str, typologies: Iterable[str], by: Actor, at: datetime) -> SupplierImport:
    """Keep the file and have it read by the worker. Raises BadFile."""
    require(by, "catalogue.import")
    content = check_file(upload, kinds=TABLE, most=MOST)
    imported = begin_import(name=str(upload.name), department=department, typologies=typologies, by=by, at=at)
    imported.file = keep(content, name=str(upload.name), subject=imported, by=by, at=at)
    imported.name = imported.file.name
    imported.save(update_fields=["file", "name"])
    jobs.enqueue("pleniere.catalogue.tasks.read_import", key=f"import-read:{imported.pk}", by=by, pk=imported.pk)
    return imported


@transaction.atomic
def decide_row(row: ImportRow, *, choice: str, supplier: Supplier | None = None, by: Actor, at: datetime) -> ImportRow:
    """Say what an ambiguous line is: NEW, SAME_AS one of its candidates, or LEAVE. Nothing is written by it."""
    require(by, "catalogue.import")
    _still_read(row)
    if row.verdict != VERDICT.AMBIGUOUS or choice not in (CHOICE.NEW, CHOICE.SAME_AS, CHOICE.LEAVE):
        raise NotDecided
    if (choice == CHOICE.SAME_AS) != (supplier is not None):
        raise NotDecided
    if supplier is not None and supplier.pk not in [candidate[0] for candidate in row.candidates]:
        raise NotDecided
    row.choice, row.supplier = choice, supplier
    row.save(update_fields=["choice", "supplier"])
    return row


@transaction.atomic
def choose_rows(
    imported: SupplierImport, *, shown: Iterable[int], taken: Iterable[int], overwritten: Iterable[int], by: Actor, at: datetime
) -> None:
    """Of the `shown` rows to create or change, write the `taken`; and of those, over what was typed by hand, the `overwritten`."""
    require(by, "catalogue.import")
    imported = SupplierImport.objects.select_for_update(no_key=True).get(pk=imported.pk)
    if imported.state != STATE.READ:
        raise NotDecided
    rows = imported.rows.filter(pk__in=list(shown), verdict__in=[VERDICT.CREATE, VERDICT.CHANGE])
    taken, overwritten = list(taken), list(overwritten)
    rows.filter(pk__in=taken).update(choice=CHOICE.TAKE)
    rows.exclude(pk__in=taken).update(choice=CHOICE.LEAVE)
    rows.filter(pk__in=overwritten).update(overwrite=True)
    rows.exclude(pk__in=overwritten).update(overwrite=False)


@transaction.atomic
def order_writing(imported: SupplierImport, *, by: Actor, at: datetime) -> bool:
    """Have the worker write it. False if that was said already; AnotherIsWritten while another list is being written."""
    if not claim_writing(imported, by=by, at=at):
        return False
    jobs.enqueue("pleniere.catalogue.tasks.write_import", key=f"import-write:{imported.pk}", by=by, pk=imported.pk)
    return True


@transaction.atomic
def claim_writing(imported: SupplierImport, *, by: Actor, at: datetime) -> bool:
    """Become the one list that is written. One whose writer has been silent for five minutes makes room; it can go on later."""
    require(by, "catalogue.import")
    silent = SupplierImport.objects.filter(state=STATE.WRITING, touched_at__lt=at - SILENT).exclude(pk=imported.pk)
    silent.update(state=STATE.READ)
    try:
        with transaction.atomic():
            return move(imported, STATE.WRITING, SupplierImport.MOVES, written_by=actor_name(by), touched_at=at)
    except IntegrityError as error:
        raise AnotherIsWritten from error


@transaction.atomic
def end_writing(imported: SupplierImport, *, result: dict[str, int], by: Actor, at: datetime) -> None:
    """Say it is done; its rows that were never asked for stay unwritten."""
    require(by, "catalogue.import")
    if move(imported, STATE.WRITTEN, SupplierImport.MOVES, written_at=at, result=result):
        trace(by, "catalogue.import", imported, at=at, after={"file": imported.name, **result})


def _still_read(row: ImportRow) -> None:
    imported = SupplierImport.objects.select_for_update(no_key=True).get(pk=row.imported_id)
    if imported.state != STATE.READ:
        raise NotDecided
