"""One payout: its lines, its papers, and what is done to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.queries import history_of
from pleniere.accounts.rights import can
from pleniere.common.moves import IllegalMove
from pleniere.common.sheets import download
from pleniere.congress.models import Congress
from pleniere.payout import notes
from pleniere.payout.actions import CannotPay, approve, drop, execute, give_cheque, pay_anew, reject, return_payout
from pleniere.payout.models import Payout

from ..door import of_congress
from .forms import ChequeForm, WhyForm
from .shared import href, state_pill, to_payout, who

State = Payout.State


@of_congress
@require_http_methods(["GET", "POST"])
def payout(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    payout = _of(request, congress, pk)
    why, cheque = WhyForm(request.POST or None, prefix="why"), ChequeForm(request.POST or None, prefix="cheque")
    if request.method == "POST":
        try:
            after = _act(request, payout, why, cheque)
        except (CannotPay, IllegalMove) as error:
            messages.error(
                request, str(error) if isinstance(error, CannotPay) else _("Somebody else was faster: look at its state.")
            )
            after = payout
        if after is not None:
            return redirect("office-payout", congress.code, after.pk)
    context = {
        "congress": congress,
        "payout": payout,
        "pill": state_pill(payout),
        "rows": [(row, href("office-booking", row.booking) if row.booking else "") for row in notes.note_rows(payout)],
        "why": why if request.method == "POST" else WhyForm(prefix="why", initial={"on": congress.local_date(timezone.now())}),
        "cheque": cheque if request.method == "POST" else ChequeForm(prefix="cheque"),
        "recipient": notes.recipient(payout),
        "again": payout.again.order_by("-pk").first(),
        "history": history_of(payout),
        "acts": _acts(request, payout),
        "file_href": href("office-payout-file", congress.code, payout.file_id) if payout.file_id else "",
    }
    return render(request, "office/payouts/payout.html", context, status=422 if request.method == "POST" else 200)


def _of(request: HttpRequest, congress: Congress, pk: int) -> Payout:
    rows = Payout.objects.visible_to(request.user).filter(congress=congress)
    return get_object_or_404(
        rows.select_related("congress", "supplier", "payer__client", "payer__booking", "file", "anew_for"), pk=pk
    )


def _acts(request: HttpRequest, payout: Payout) -> set[str]:
    """What this person may do to it now."""
    state, found = payout.state, set()
    if can(request.user, "payout.approve", payout) and state == State.DRAFT:
        found.add("approve")
    if can(request.user, "payout.prepare", payout):
        found |= {"drop"} if state in (State.DRAFT, State.APPROVED) else set()
        found |= {"anew"} if state in (State.REJECTED, State.RETURNED) and not payout.source_id else set()
    if can(request.user, "payout.send", payout):
        found |= {"cheque"} if state == State.APPROVED and payout.kind == Payout.Kind.CHEQUE else set()
        found |= {"execute", "reject"} if state == State.SENT else set()
        found |= {"return"} if state == State.EXECUTED and payout.amount else set()
    return found


def _act(request: HttpRequest, payout: Payout, why: WhyForm, cheque: ChequeForm) -> Payout | None:
    """Do what was asked; the payout to show next, or None when a form has to be mended."""
    act, at = request.POST.get("act", ""), timezone.now()
    by: dict[str, Any] = {"by": who(request), "at": at}
    today = payout.congress.local_date(at)
    words = why.cleaned_data if why.is_valid() else {}
    on, reason = words.get("on") or today, words.get("why", "")
    if act == "cheque":
        if not cheque.is_valid():
            return None
        give_cheque(payout, cheque.cleaned_data["number"], **by)
    elif act in ("reject", "return") and not reason:
        why.add_error("why", _("Say why: the supplier will ask."))
        return None
    elif why.errors:
        return None
    acts: dict[str, Any] = {
        "approve": lambda: approve(payout, **by),
        "drop": lambda: drop(payout, why=reason, **by),
        "execute": lambda: execute(payout, on=on, **by),
        "reject": lambda: reject(payout, why=reason, **by),
        "return": lambda: return_payout(payout, why=reason, on=on, **by),
        "anew": lambda: pay_anew(payout, **by),
    }
    result = acts[act]() if act in acts else None
    return result if isinstance(result, Payout) else payout


@of_congress
@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """The remittance note as its reader gets it; sent by a POST, once more each time it is asked for."""
    payout = _of(request, congress, pk)
    contact = notes.recipient(payout)
    if request.method == "POST":
        sent = notes.send_note(payout, again=f"{timezone.now():%Y%m%d%H%M}", by=who(request), at=timezone.now())
        words = (
            _("The note to %(to)s is in the outbox.") % {"to": sent.to}
            if sent
            else _("This supplier has no contact for its accounts.")
        )
        messages.info(request, words)
        return redirect("office-payout", congress.code, payout.pk)
    context = {
        "congress": congress,
        "payout": payout,
        "contact": contact,
        "mail": notes.preview(payout),
        "back": to_payout(congress, payout),
    }
    return render(request, "office/payouts/note.html", context)


@of_congress
@require_safe
def note_file(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    payout = _of(request, congress, pk)
    return download(notes.note_pdf(payout, getattr(request, "LANGUAGE_CODE", "fr")), f"{payout.end_to_end}.pdf", inline=True)


@of_congress
@require_safe
def letter(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """The letter that goes with a cheque, to print."""
    payout = get_object_or_404(_cheques(request, congress), pk=pk)
    return download(notes.cheque_letter(payout), f"cheque-{payout.end_to_end}.pdf", inline=True)


def _cheques(request: HttpRequest, congress: Congress) -> Any:
    rows = Payout.objects.visible_to(request.user).filter(congress=congress, kind=Payout.Kind.CHEQUE)
    return rows.select_related("congress", "supplier", "payer__client")
