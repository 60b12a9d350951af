"""A supplier's bank accounts: who proposes one does not approve it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
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

SAID = {  # of a supplier's account; of the bureau's own
    "proposed": (
        gettext_lazy("Proposed: somebody else approves it before anything is paid there."),
        gettext_lazy("Proposed: somebody else approves it before it is shown to anybody."),
    ),
    "unchecked": (
        gettext_lazy("Call the supplier back first, at the number of its sheet, and say so."),
        gettext_lazy("Compare it with the bank’s own paper first, and say so."),
    ),
    "approved": (
        gettext_lazy("Approved: the supplier is paid there from now on."),
        gettext_lazy("Approved: clients transfer to it, and payouts leave from it."),
    ),
    "refused": (gettext_lazy("Refused: nothing is paid there."), gettext_lazy("Refused: it is not used.")),
    "ended": (gettext_lazy("Ended: nothing is paid there any more."), gettext_lazy("Ended: it is not used any more.")),
}


@staff
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    if supplier.kind == Supplier.Kind.HOUSE:
        return redirect("office-settings-bank")
    form = BankForm(request.POST or None, request.FILES or None, initial={"holder": supplier.legal_name or supplier.name})
    if form.is_valid() and propose(request, supplier, form):
        return redirect("office-supplier-bank", supplier.pk)
    facts = context(supplier, request, "bank") | accounts(request, supplier, form)
    return render(request, "office/suppliers/bank.html", facts, status=422 if form.is_bound else 200)


def propose(request: HttpRequest, supplier: Supplier, form: BankForm) -> bool:
    """Write the account down, or say in the form why not."""
    try:
        actions.propose_iban(supplier, **form.cleaned_data, **acting(request))
    except BadFile as error:
        form.add_error("proof", str(error))
    except ValidationError as error:
        add_errors(form, error)
    else:
        messages.success(request, _said("proposed", supplier))
        return True
    return False


def accounts(request: HttpRequest, supplier: Supplier, form: BankForm) -> dict[str, object]:
    """The account in force, the one that waits, the former ones, and who may do what to them."""
    rows = list(supplier.bank_accounts.select_related("proof", "proposed_by", "approved_by").order_by("-proposed_at", "-pk"))
    waiting = next((a for a in rows if a.approved_at is None and a.ended_at is None), None)
    may_approve = can(request.user, "catalogue.approve_iban", supplier)
    return {
        "form": form,
        "supplier": supplier,
        "is_house": supplier.kind == Supplier.Kind.HOUSE,
        "live": next((a for a in rows if a.approved_at is not None and a.ended_at is None), None),
        "waiting_account": waiting,
        "past": [a for a in rows if a.ended_at is not None],
        "sees": can(request.user, "catalogue.see_iban", supplier),
        "may_propose": can(request.user, "catalogue.propose_iban", supplier),
        "may_approve": may_approve and waiting is not None and waiting.proposed_by_id != request.user.pk,
        "may_end": may_approve,
        "is_mine": waiting is not None and waiting.proposed_by_id == request.user.pk,
    }


@staff
@require_POST
def decide(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Approve, refuse, or end an account; who refuses or ends says why."""
    supplier = supplier_of(request, pk)
    account = get_object_or_404(supplier.bank_accounts.select_related("supplier"), pk=account_pk)
    try:
        _act(request, account)
    except actions.SamePerson:
        messages.error(request, _("Whoever proposed an account does not approve it."))
    except actions.NotWaiting:
        messages.error(request, _("This account was approved, refused or replaced meanwhile."))
    return redirect("office-supplier-bank", supplier.pk)


def _act(request: HttpRequest, account: BankAccount) -> None:
    act, who, supplier = request.POST.get("act", ""), acting(request), account.supplier
    reason = request.POST.get("reason", "").replace("\x00", "")[:300]
    if act == "approve" and not request.POST.get("called"):
        messages.error(request, _said("unchecked", supplier))
    elif act == "approve":
        actions.approve_iban(account, **who)
        messages.success(request, _said("approved", supplier))
    elif act == "refuse":
        actions.refuse_iban(account, reason=reason, **who)
        messages.success(request, _said("refused", supplier))
    elif act == "end":
        actions.end_iban(account, reason=reason, **who)
        messages.success(request, _said("ended", supplier))
    else:
        messages.error(request, _("Nothing was chosen: approve it, refuse it, or end it."))


def _said(what: str, supplier: Supplier) -> str:
    return str(SAID[what][supplier.kind == Supplier.Kind.HOUSE])


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
