"""A supplier's bank accounts: who proposes one does not approve it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.files import BadFile
from pleniere.accounts.rights import can, require
from pleniere.catalogue import actions
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.common import sheets
from pleniere.web.forms import add_errors

from ..door import acting, staff
from .forms import BankForm
from .views import context, supplier_of


@staff
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    form = BankForm(request.POST or None, request.FILES or None, initial={"holder": supplier.legal_name or supplier.name})
    if form.is_valid():
        try:
            actions.propose_iban(supplier, **form.cleaned_data, **acting(request))
        except BadFile as error:
            form.add_error("proof", str(error))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Proposed: somebody else approves it before anything is paid there."))
            return redirect("office-supplier-bank", supplier.pk)
    return render(request, "office/suppliers/bank.html", _facts(request, supplier, form), status=422 if form.is_bound else 200)


def _facts(request: HttpRequest, supplier: Supplier, form: BankForm) -> dict[str, object]:
    accounts = list(supplier.bank_accounts.select_related("proof", "proposed_by", "approved_by").order_by("-proposed_at", "-pk"))
    waiting = next((a for a in accounts if a.approved_at is None and a.ended_at is None), None)
    may_approve = can(request.user, "catalogue.approve_iban", supplier)
    return context(
        supplier,
        request,
        "bank",
        form=form,
        live=next((a for a in accounts if a.approved_at is not None and a.ended_at is None), None),
        waiting_account=waiting,
        past=[a for a in accounts if a.ended_at is not None],
        sees=can(request.user, "catalogue.see_iban", supplier),
        may_approve=may_approve and waiting is not None and waiting.proposed_by_id != request.user.pk,
        may_end=may_approve,
        is_mine=waiting is not None and waiting.proposed_by_id == request.user.pk,
    )


@staff
@require_POST
def decide(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Approve, refuse, or end an account; who refuses or ends says why."""
    supplier = supplier_of(request, pk)
    account = get_object_or_404(supplier.bank_accounts.select_related("supplier"), pk=account_pk)
    who = acting(request)
    reason = request.POST.get("reason", "").replace("\x00", "")[:300]
    try:
        _act(request, account, reason, who)
    except actions.SamePerson:
        messages.error(request, _("Whoever proposed an account does not approve it."))
    except actions.NotWaiting:
        messages.error(request, _("This account was approved, refused or replaced meanwhile."))
    return redirect("office-supplier-bank", supplier.pk)


def _act(request: HttpRequest, account: BankAccount, reason: str, who: dict[str, Any]) -> None:
    act = request.POST.get("act", "")
    if act == "approve" and not request.POST.get("called"):
        messages.error(request, _("Call the supplier back first, at the number of its sheet, and say so."))
    elif act == "approve":
        actions.approve_iban(account, **who)
        messages.success(request, _("Approved: the supplier is paid there from now on."))
    elif act == "refuse":
        actions.refuse_iban(account, reason=reason, **who)
        messages.success(request, _("Refused: nothing is paid there."))
    elif act == "end":
        actions.end_iban(account, reason=reason, **who)
        messages.success(request, _("Ended: nothing is paid there any more."))


@staff
@require_safe
def proof(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """The bank's own paper, for who may see the account whole or must approve it."""
    supplier = supplier_of(request, pk)
    require(request.user, "catalogue.see_iban", supplier)
    account = get_object_or_404(supplier.bank_accounts.select_related("proof"), pk=account_pk)
    if account.proof is None:
        raise Http404
    with account.proof.content.open("rb") as file:
        return sheets.download(file.read(), account.proof.name)
