"""The bureau's own bank account: who proposes one does not approve it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from pleniere.accounts.models import Bureau
from pleniere.catalogue.models import Supplier

from ..door import staff
from ..suppliers.bank import accounts, propose
from ..suppliers.forms import BankForm
from .views import context


@staff
@require_http_methods(["GET", "POST"])
def bank(request: HttpRequest) -> HttpResponse:
    """The accounts of the house; deciding on one is the same act as for any supplier."""
    facts = context(request, "bank")
    house, bureau = get_object_or_404(Supplier, kind=Supplier.Kind.HOUSE), facts["bureau"]
    assert isinstance(bureau, Bureau)
    form = BankForm(request.POST or None, request.FILES or None, initial={"holder": bureau.legal_name or bureau.name})
    if form.is_valid() and propose(request, house, form):
        return redirect("office-settings-bank")
    return render(
        request, "office/settings/bank.html", facts | accounts(request, house, form), status=422 if form.is_bound else 200
    )
