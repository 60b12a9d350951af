"""The bank's file: what stands in its way, the file itself, and what the bank made of each of its lines."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.actions import the_bureau
from pleniere.accounts.rights import can, require
from pleniere.common.money import total
from pleniere.common.moves import IllegalMove
from pleniere.common.sheets import download as as_download
from pleniere.common.workdays import this_or_next_working_day
from pleniere.congress.models import Congress
from pleniere.payout import preflight
from pleniere.payout.actions import CannotMake, CannotPay, drop_file, execute, make_file, mark_sent, reject
from pleniere.payout.models import Payout, TransferFile
from pleniere.payout.queries import house_account

from ..door import of_congress
from .forms import FileForm, LinesForm
from .shared import state_pill, to_payout, who


@of_congress
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, congress: Congress) -> HttpResponse:
    """Every approved transfer, what the bank would refuse, and the button that makes the file."""
    require(request.user, "payout.send", congress)
    at = timezone.now()
    today, bureau = congress.local_date(at), the_bureau()
    payouts = _approved(congress)
    form = FileForm(request.POST or None, initial={"on": this_or_next_working_day(today, bureau.holiday_zone)})
    if request.method == "POST" and form.is_valid():
        try:
            file = make_file(congress, [payout.pk for payout in payouts], by=who(request), at=at, **form.cleaned_data)
            return redirect("office-payout-file", congress.code, file.pk)
        except CannotMake:
            form.add_error(None, _("The bank would refuse this file: see the points above."))
    on = form.cleaned_data.get("on") if form.is_bound and hasattr(form, "cleaned_data") else form.initial["on"]
    account = house_account()
    problems = preflight.check(payouts, account, on=on or today, today=today, holidays=bureau.holiday_zone)
    context = {
        "congress": congress,
        "form": form,
        "account": account,
        "payouts": [(payout, to_payout(congress, payout)) for payout in payouts],
        "sum": total(payout.amount for payout in payouts),
        "stopping": [(each, each.payout and to_payout(congress, each.payout)) for each in problems if each.stops],
        "warnings": [each for each in problems if not each.stops],
    }
    return render(request, "office/payouts/file_new.html", context, status=422 if form.is_bound else 200)


def _approved(congress: Congress) -> list[Payout]:
    rows = Payout.objects.filter(congress=congress, state=Payout.State.APPROVED, kind=Payout.Kind.TRANSFER, amount__gt=0)
    return list(rows.select_related("supplier", "payer__client", "congress").order_by("pk"))


@of_congress
@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """A file as it was made; sent or dropped; then what the bank said of each line."""
    file = _of(request, congress, pk)
    payouts = list(file.payouts.select_related("supplier", "payer__client", "congress").order_by("pk"))
    today, act = congress.local_date(timezone.now()), request.POST.get("act", "")
    form = LinesForm(payouts, request.POST if act == "lines" else None, initial={"on": today})
    if request.method == "POST" and _act(request, file, form, act):
        return redirect("office-payout-file", congress.code, file.pk)
    states = {payout.state for payout in payouts}
    rows = [(payout, state_pill(payout), to_payout(congress, payout), *_fields(form, payout)) for payout in payouts]
    context = {
        "congress": congress,
        "file": file,
        "rows": rows,
        "form": form,
        "is_filed": Payout.State.FILED in states,
        "is_sent": Payout.State.SENT in states,
        "may_send": can(request.user, "payout.send", congress),
    }
    return render(request, "office/payouts/file.html", context, status=422 if request.method == "POST" else 200)


def _of(request: HttpRequest, congress: Congress, pk: int) -> TransferFile:
    rows = TransferFile.objects.visible_to(request.user).filter(congress=congress)
    return get_object_or_404(rows.select_related("bank_account", "congress"), pk=pk)


def _fields(form: LinesForm, payout: Payout) -> list[object]:
    is_open = payout.state == Payout.State.SENT
    return [form[f"what-{payout.pk}"], form[f"why-{payout.pk}"]] if is_open else [None, None]


def _act(request: HttpRequest, file: TransferFile, form: LinesForm, act: str) -> bool:
    """Do what was asked of the file; False when the form has to be mended."""
    at = timezone.now()
    if act == "sent":
        moved = mark_sent(file, by=who(request), at=at)
        messages.success(request, ngettext("%(n)d transfer sent.", "%(n)d transfers sent.", moved) % {"n": moved})
        return True
    if act == "drop":
        dropped = drop_file(file, by=who(request), at=at)
        messages.info(
            request,
            ngettext("%(n)d payout dropped: it is owed again.", "%(n)d payouts dropped: they are owed again.", dropped)
            % {"n": dropped},
        )
        return True
    if act == "lines":
        return form.is_valid() and _say(request, form)
    messages.error(request, _("Nothing was asked: press one of the buttons of this page."))
    return False


def _say(request: HttpRequest, form: LinesForm) -> bool:
    """Line by line; one that cannot be said does not undo the others."""
    done = 0
    for payout, what, why in form.said():
        try:
            if what == "EXECUTED":
                done += execute(payout, on=form.cleaned_data["on"], by=who(request), at=timezone.now())
            else:
                done += reject(payout, why=why, by=who(request), at=timezone.now())
        except (CannotPay, IllegalMove) as error:
            form.add_error(f"what-{payout.pk}", str(error))
    if done:
        messages.success(request, ngettext("%(n)d line written down.", "%(n)d lines written down.", done) % {"n": done})
    return not form.errors


@of_congress
@require_safe
def download(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    require(request.user, "payout.send", congress)
    file = _of(request, congress, pk)
    response = as_download(bytes(file.content), f"{file.message_id}.xml")
    response["Content-Type"] = "application/xml"
    return response
