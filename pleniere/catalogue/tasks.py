"""What the worker does for the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging import jobs
from pleniere.messaging.models import Job

from .actions.imports import end_writing
from .imports import NotThisList, read, write
from .models import SupplierImport


@jobs.task
def read_import(pk: int, job: Job) -> dict[str, int]:
    """Judge an uploaded list. Begun again it begins anew; what has been read once is left alone."""
    imported = SupplierImport.objects.select_related("file").get(pk=pk)
    if imported.state != SupplierImport.State.READING or imported.file is None:
        return {}
    with imported.file.content.open("rb") as file:
        try:
            read(imported, file.file, _teller(job))
        except NotThisList:
            return {}
    return {"lines": imported.counts["lines"]}


@jobs.task
def write_import(pk: int, job: Job) -> dict[str, int]:
    """Write a list that somebody said yes to; cut off in the middle, it goes on where it stood."""
    imported = SupplierImport.objects.get(pk=pk)
    if imported.state != SupplierImport.State.WRITING:
        return dict(imported.result)
    now = timezone.now()
    result = write(imported, at=now, said=_teller(job))
    end_writing(imported, result=result, by=SYSTEM, at=now)
    return result


def _teller(job: Job) -> Callable[[int, int], None]:
    def said(done: int, total: int) -> None:
        words = _("%(done)d lines of %(total)d") % {"done": done, "total": total}
        jobs.progress(job, done * 100 // max(total, 1), words)

    return said
