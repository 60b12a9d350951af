"""An outside list of suppliers: uploaded, read by the worker, decided upon here, written by the worker."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.files import BadFile
from pleniere.accounts.rights import require
from pleniere.catalogue.actions.imports import (
    AnotherIsWritten,
    NotDecided,
    choose_rows,
    decide_row,
    order_writing,
    upload_import,
)
from pleniere.catalogue.imports import reason_in_words
from pleniere.catalogue.models import ImportRow, Supplier, SupplierImport
from pleniere.common import sheets
from pleniere.common.moves import IllegalMove
from pleniere.messaging.models import Job
from pleniere.web.typed import pk_of, pks_of

from ..door import acting, staff
from .forms import ImportForm

PAGE = 100
VERDICT = ImportRow.Verdict
TABS = (VERDICT.CREATE, VERDICT.CHANGE, VERDICT.AMBIGUOUS, VERDICT.BROKEN, VERDICT.IGNORE)
TITLES = {
    VERDICT.CREATE: gettext_lazy("To create"),
    VERDICT.CHANGE: gettext_lazy("To change"),
    VERDICT.SAME: gettext_lazy("Unchanged"),
    VERDICT.AMBIGUOUS: gettext_lazy("Ambiguous"),
    VERDICT.BROKEN: gettext_lazy("Unreadable"),
    VERDICT.IGNORE: gettext_lazy("Ignored"),
}
WRITTEN = {VERDICT.CREATE: gettext_lazy("Created"), VERDICT.CHANGE: gettext_lazy("Changed")}
REPORT = (
    sheets.Column(gettext_lazy("Line"), "line", sheets.INT),
    sheets.Column(gettext_lazy("Verdict"), "get_verdict_display", width=14),
    sheets.Column(gettext_lazy("Name"), "name", width=40),
    sheets.Column(gettext_lazy("Postcode"), lambda row: row.facts.get("postcode", ""), width=10),
    sheets.Column(gettext_lazy("Town"), lambda row: row.facts.get("town", "")),
    sheets.Column(gettext_lazy("Reason"), lambda row: reason_in_words(row.reason), width=40),
    sheets.Column(gettext_lazy("Detail"), "detail", width=40),
    sheets.Column(
        gettext_lazy("Changes"),
        lambda row: "; ".join(f"{_label(n)}: {b or '–'} → {a}" for n, b, a, _hand in row.changes),
        width=50,
    ),
)


def _label(field: str) -> str:
    return str(Supplier._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


@staff
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    require(request.user, "catalogue.import")
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        facts = {"department": form.cleaned_data["department"], "typologies": form.cleaned_data["typologies"]}
        try:
            imported = upload_import(form.cleaned_data["file"], **facts, **acting(request))
            return redirect("office-import", imported.pk)
        except BadFile as error:
            form.add_error("file", str(error))
    past = SupplierImport.objects.visible_to(request.user)[:20]
    return render(request, "office/suppliers/imports.html", {"form": form, "past": past}, status=422 if form.is_bound else 200)


@staff
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read, by verdict; while the worker is at it, how far it is."""
    imported = get_object_or_404(SupplierImport.objects.visible_to(request.user), pk=pk)
    if request.GET.get("export") in sheets.FORMATS:
        rows = sheets.rows_of(imported.rows.order_by("line"))
        return sheets.export(request.GET["export"], REPORT, rows, title=imported.name, language=get_language() or "fr")
    is_written = imported.state == SupplierImport.State.WRITTEN
    counts = imported.counts | (_taken(imported) if is_written else {})
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = next((verdict for verdict in TABS if counts.get(verdict)), VERDICT.CREATE)
    listed = imported.rows.filter(verdict=tab).select_related("supplier").order_by("line")
    if is_written and tab in WRITTEN:
        listed = listed.filter(choice=ImportRow.Choice.TAKE)
    page: Any = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.why = reason_in_words(row.reason)
        row.shown = [(_label(n), _said(n, b), _said(n, a), hand) for n, b, a, hand in row.changes]
        row.by_hand = any(hand for _n, _b, _a, hand in row.changes)
        row.only_by_hand = bool(row.changes) and all(hand for _n, _b, _a, hand in row.changes)
    titles = TITLES | (WRITTEN if is_written else {})
    facts = {
        "imported": imported,
        "job": _job(imported),
        "tab": tab,
        "tabs": [(verdict, titles[verdict], counts.get(verdict, 0)) for verdict in TABS],
        "figures": [
            (titles[verdict], counts.get(verdict, 0), _note(verdict, counts)) for verdict in (*TABS[:2], VERDICT.SAME, *TABS[2:])
        ],
        "page": page,
        "ignored": [(reason_in_words(code), number) for code, number in sorted(counts.get("ignored", {}).items())],
        "to_write": _to_write(imported) if imported.state == SupplierImport.State.READ else None,
        "is_open": imported.state == SupplierImport.State.READ,
        "result": [(_outcome(code), number) for code, number in sorted(imported.result.items())],
    }
    return render(request, "office/suppliers/import.html", facts)


def _taken(imported: SupplierImport) -> dict[str, int]:
    """Of what could be made and changed, what was chosen: the rest was read, and left."""
    rows = imported.rows.filter(choice=ImportRow.Choice.TAKE)
    return {verdict: rows.filter(verdict=verdict).count() for verdict in WRITTEN}


def _to_write(imported: SupplierImport) -> dict[str, int]:
    """How many suppliers a yes would make and change, by what is chosen now."""
    choice = ImportRow.Choice
    rows = imported.rows
    return {
        "new": rows.filter(verdict=VERDICT.CREATE, choice=choice.TAKE).count() + rows.filter(choice=choice.NEW).count(),
        "changed": rows.filter(verdict=VERDICT.CHANGE, choice=choice.TAKE).count() + rows.filter(choice=choice.SAME_AS).count(),
    }


def _job(imported: SupplierImport) -> Job | None:
    kinds = {SupplierImport.State.READING: "read", SupplierImport.State.WRITING: "write"}
    kind = kinds.get(SupplierImport.State(imported.state))
    return Job.objects.filter(key=f"import-{kind}:{imported.pk}").first() if kind else None


def _note(verdict: str, counts: dict[str, Any]) -> str:
    if verdict == VERDICT.CHANGE:
        return _("%(n)s fields") % {"n": counts.get("fields", 0)}
    notes = {
        VERDICT.CREATE: _("new"),
        VERDICT.SAME: _("up to date"),
        VERDICT.AMBIGUOUS: _("to decide, never merged"),
        VERDICT.BROKEN: _("lines to mend"),
        VERDICT.IGNORE: _("left out, see why"),
    }
    return notes[VERDICT(verdict)]


def _outcome(code: str) -> str:
    outcomes = {
        "created": _("suppliers made"),
        "changed": _("suppliers changed"),
        "kept": _("kept as typed by hand"),
        "known": _("there already"),
        "gone": _("not found any more"),
    }
    return outcomes.get(code, code)


def _said(field: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if field == "stars":
        return "★" * int(value)
    return str(value)


@staff
@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep which of the rows shown are to be written."""
    imported = get_object_or_404(SupplierImport.objects.visible_to(request.user), pk=pk)
    chosen: dict[str, Any] = {name: pks_of(request.POST.getlist(name)) for name in ("shown", "taken", "overwritten")}
    try:
        choose_rows(imported, **chosen, **acting(request))
        messages.success(request, _("Your choice is kept. Nothing is written yet."))
    except NotDecided:
        messages.error(request, _("This list is written already, or being written."))
    return redirect(f"{reverse('office-import', args=[pk])}?{request.POST.get('query', '')[:200]}")


@staff
@require_POST
def decide(request: HttpRequest, pk: int, row_pk: int) -> HttpResponse:
    """Say what an ambiguous line is."""
    imported = get_object_or_404(SupplierImport.objects.visible_to(request.user), pk=pk)
    row = get_object_or_404(imported.rows, pk=row_pk)
    choice, _dash, supplier_pk = request.POST.get("choice", "").partition(":")
    supplier = Supplier.objects.filter(pk=pk_of(supplier_pk)).first()
    try:
        decide_row(row, choice=choice, supplier=supplier, **acting(request))
    except NotDecided:
        messages.error(request, _("This does not answer what the line asks, or the list is written already."))
    return redirect(f"{reverse('office-import', args=[pk])}?tab={VERDICT.AMBIGUOUS}#row-{row.pk}")


@staff
@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    imported = get_object_or_404(SupplierImport.objects.visible_to(request.user), pk=pk)
    try:
        order_writing(imported, **acting(request))
    except AnotherIsWritten:
        messages.error(request, _("Another list is being written: wait until it is done."))
    except IllegalMove:
        messages.error(request, _("This list is written already, or being written."))
    return redirect("office-import", pk)
