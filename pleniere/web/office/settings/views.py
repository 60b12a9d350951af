"""The bureau's settings: who it is, how it mails, what is missing before anything may open."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.models import Bureau
from pleniere.accounts.queries import history_of
from pleniere.accounts.rights import can, require
from pleniere.catalogue.actions.founding import edit_house
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.messaging.actions import queue_test
from pleniere.messaging.models import Message
from pleniere.messaging.outbox import stays_inside
from pleniere.messaging.sending import send_now
from pleniere.web.forms import add_errors

from ..door import acting, staff
from .forms import IdentityForm, MailForm, TestForm

IDENTITY = tuple(IdentityForm.base_fields)
MAIL = tuple(MailForm.base_fields)


def context(request: HttpRequest, tab: str, **facts: Any) -> dict[str, Any]:
    """What every tab of the settings shows. Raises NotAllowed for who may not see them."""
    require(request.user, "bureau.see")
    bureau = get_object_or_404(Bureau, pk=1)
    house = Supplier.objects.filter(kind=Supplier.Kind.HOUSE).first()
    missing = [_lack(name) for name in bureau.missing_fields()]
    facts |= {"tab": tab, "bureau": bureau, "house_supplier": house, "missing": missing, "account_lack": _account_lack()}
    return facts | {"may_edit": can(request.user, "bureau.edit"), "may_edit_taxes": can(request.user, "catalogue.edit_taxes")}


def _lack(name: str) -> tuple[str, str]:
    """A field by the words that stand beside it, and where it stands."""
    form, page = (MailForm, "office-settings-mail") if name in MAIL else (IdentityForm, "office-settings")
    return str(form.base_fields[name].label), f"{reverse(page)}#id_{name}"


def _account_lack() -> str:
    """What keeps clients from transferring; empty once an account is approved."""
    approved = {account.approved_at is not None for account in BankAccount.objects.of_house()}
    if True in approved:
        return ""
    return _("A second person must approve the bank account.") if approved else _("The bank account is missing.")


@staff
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    facts = context(request, "identity")
    bureau: Bureau = facts["bureau"]
    form = IdentityForm(request.POST or None, initial={name: getattr(bureau, name) for name in IDENTITY})
    if form.is_valid() and _saved(request, bureau, form, form.cleaned_data):
        return redirect("office-settings")
    return render(request, "office/settings/identity.html", facts | {"form": form}, status=422 if form.is_bound else 200)


@staff
@sensitive_post_parameters("smtp_password")
@require_http_methods(["GET", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    facts = context(request, "mail")
    bureau: Bureau = facts["bureau"]
    form = MailForm(request.POST or None, initial={name: getattr(bureau, name) for name in MAIL if name != "smtp_password"})
    if form.is_valid():
        typed = {name: value for name, value in form.cleaned_data.items() if name != "smtp_password" or value}
        if _saved(request, bureau, form, typed):
            return redirect("office-settings-mail")
    return _mail_page(request, facts, form, TestForm(initial={"to": request.user.email}))  # type: ignore[union-attr]


@staff
@require_POST
def mail_test(request: HttpRequest) -> HttpResponse:
    """Send a mail at once with the settings as they are saved, and say how it went."""
    facts = context(request, "mail")
    require(request.user, "outbox.test")
    bureau: Bureau = facts["bureau"]
    test = TestForm(request.POST)
    if test.is_valid():
        message = queue_test(to=test.cleaned_data["to"], **acting(request))
        facts["tried"] = send_now(message, timezone.now())
        facts["arrived"] = facts["tried"].state == Message.State.SENT
    form = MailForm(initial={name: getattr(bureau, name) for name in MAIL if name != "smtp_password"})
    return _mail_page(request, facts, form, test)


def _mail_page(request: HttpRequest, facts: dict[str, Any], form: MailForm, test: TestForm) -> HttpResponse:
    refused = form.is_bound or (test.is_bound and not test.is_valid())
    facts |= {"form": form, "test": test, "inside": stays_inside(facts["bureau"])}
    return render(request, "office/settings/mail.html", facts, status=422 if refused else 200)


def _saved(request: HttpRequest, bureau: Bureau, form: Any, facts: dict[str, Any]) -> bool:
    try:
        edit_house(bureau, facts=facts, **acting(request))
    except ValidationError as error:
        add_errors(form, error)
        return False
    messages.success(request, _("Saved."))
    return True


@staff
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    facts = context(request, "history")
    return render(request, "office/settings/history.html", facts | {"rows": history_of(facts["bureau"], limit=100)})
