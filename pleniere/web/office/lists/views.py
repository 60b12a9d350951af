"""Lists of a congress: what they show, what changed since they left, who takes them and when."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.models import User
from pleniere.accounts.queries import history_of
from pleniere.accounts.rights import can, require
from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.lists.actions import (
    edit_list,
    make_list,
    make_usual_lists,
    preview,
    send_list,
    subscribe,
    unsubscribe,
    usual_recipient,
)
from pleniere.lists.models import ListDefinition, ListRun, Subscription
from pleniere.lists.queries import download, sheet, sheet_of_run, table
from pleniere.web.tables import Column, Listing
from pleniere.web.typed import pk_of

from ..door import of_congress
from .forms import ListForm, ListsFilter, RecipientForm, SendForm


def who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@of_congress
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest, congress: Congress) -> HttpResponse:
    """The lists of the congress; a POST makes those that every congress needs and this one lacks."""
    if request.method == "POST":
        made = make_usual_lists(congress, by=who(request), at=timezone.now())
        messages.success(request, ngettext("%(n)d list made.", "%(n)d lists made.", len(made)) % {"n": len(made)})
        return redirect("office-lists", congress.code)
    rows = ListDefinition.objects.visible_to(request.user).filter(congress=congress).select_related("supplier")
    recipients = Count("subscriptions", filter=Q(subscriptions__is_on=True), distinct=True)
    rows = rows.annotate(recipients=recipients, sent_at=Max("runs__at"))
    listed = (
        Column(
            gettext_lazy("List"),
            "name",
            sort="name",
            is_name=True,
            href=lambda row: reverse("office-list", args=[congress.code, row.pk]),
        ),
        Column(gettext_lazy("Kind"), "get_kind_display", sort="kind"),
        Column(gettext_lazy("Supplier"), lambda row: str(row.supplier or "")),
        Column(gettext_lazy("Recipients"), "recipients", sheets.INT, sort="recipients"),
        Column(gettext_lazy("Last sent"), "sent_at", sheets.MOMENT, sort="sent_at"),
        Column(gettext_lazy("Phones shown"), "shows_phone", sheets.YES),
    )
    title, name = _("Lists of %(congress)s") % {"congress": congress}, f"{congress.code}-lists"
    listing = Listing(request, rows, listed, title=title, name=name, sort="kind", filters=ListsFilter)
    context = {"congress": congress, "listing": listing, "may_edit": can(request.user, "lists.edit", congress)}
    return listing.export() or render(request, "office/lists/index.html", context)


def _url(name: str, definition: ListDefinition) -> str:
    return reverse(name, args=[definition.congress.code, definition.pk])


@of_congress
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, congress: Congress) -> HttpResponse:
    require(request.user, "lists.edit", congress)
    form = ListForm(congress, request.POST or None)
    made = (
        _save(form, lambda **facts: make_list(congress, by=who(request), at=timezone.now(), **facts))
        if request.method == "POST"
        else None
    )
    if made:
        return redirect(_url("office-list", made))
    context = {"congress": congress, "form": form, "back": reverse("office-lists", args=[congress.code])}
    return render(request, "office/lists/edit.html", context, status=422 if form.is_bound else 200)


@of_congress
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    definition = _of(request, congress, pk)
    require(request.user, "lists.edit", definition)
    names = ListForm.base_fields
    form = ListForm(congress, request.POST or None, initial={name: getattr(definition, name) for name in names})
    changed = (
        _save(form, lambda **facts: edit_list(definition, by=who(request), at=timezone.now(), **facts))
        if request.method == "POST"
        else None
    )
    if changed:
        return redirect(_url("office-list", changed))
    context = {"congress": congress, "form": form, "definition": definition, "back": _url("office-list", definition)}
    return render(request, "office/lists/edit.html", context, status=422 if form.is_bound else 200)


def _save(form: ListForm, act: Any) -> ListDefinition | None:
    """The list, or None with what is wrong beside its field."""
    if not form.is_valid():
        return None
    try:
        done: ListDefinition = act(**form.cleaned_data)
    except ValidationError as error:
        form.add_error(None if not hasattr(error, "error_dict") else next(iter(error.message_dict)), error.messages)
        return None
    return done


def _of(request: HttpRequest, congress: Congress, pk: int) -> ListDefinition:
    rows = ListDefinition.objects.visible_to(request.user).filter(congress=congress)
    return get_object_or_404(rows.select_related("congress", "supplier", "offer"), pk=pk)


@of_congress
@require_safe
def one(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """The list as it stands, with what changed; or as a file."""
    definition = _of(request, congress, pk)
    made = sheet(definition, at=timezone.now())
    if request.GET.get("export") in sheets.FORMATS:
        return download(made, request.GET["export"], getattr(request, "LANGUAGE_CODE", "fr"))
    context = {
        "congress": congress,
        "definition": definition,
        **table(made),
        "subscriptions": [(each, _rhythm(each)) for each in definition.subscriptions.filter(is_on=True).order_by("to")],
        "runs": definition.runs.defer("rows", "changes").order_by("-pk")[:12],
        "history": history_of(definition, 6),
        "may_edit": can(request.user, "lists.edit", definition),
        "may_send": can(request.user, "lists.send", definition),
    }
    return render(request, "office/lists/list.html", context)


def _rhythm(subscription: Subscription) -> str:
    if subscription.weekday is None:
        return _("by hand only")
    return _("each %(weekday)s at 08:00") % {"weekday": str(WEEKDAYS[subscription.weekday]).lower()}


@of_congress
@require_http_methods(["GET", "POST"])
def recipients(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """Who takes it; a POST adds or changes one, or takes one off."""
    definition = _of(request, congress, pk)
    require(request.user, "lists.edit", definition)
    contact = usual_recipient(definition)
    initial = {"to": contact.email, "language": contact.language} if contact and not definition.subscriptions.exists() else {}
    form = RecipientForm(request.POST if request.POST.get("act") == "add" else None, initial=initial)
    if request.method == "POST" and request.POST.get("act") == "off":
        gone = definition.subscriptions.filter(pk=pk_of(request.POST.get("pk"))).first()
        if gone is not None:
            unsubscribe(gone, by=who(request), at=timezone.now())
        return redirect("office-list-recipients", congress.code, definition.pk)
    if form.is_bound and form.is_valid():
        subscribe(definition, by=who(request), at=timezone.now(), **form.cleaned_data)
        return redirect("office-list-recipients", congress.code, definition.pk)
    context = {
        "congress": congress,
        "definition": definition,
        "form": form,
        "subscriptions": [(each, _rhythm(each)) for each in definition.subscriptions.filter(is_on=True).order_by("to")],
    }
    return render(request, "office/lists/recipients.html", context, status=422 if form.is_bound else 200)


@of_congress
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """The mail as it would leave now; a POST sends it, once per form."""
    definition = _of(request, congress, pk)
    require(request.user, "lists.send", definition)
    form, at = SendForm(request.POST or None), timezone.now()
    subscriptions = list(definition.subscriptions.filter(is_on=True).order_by("to"))
    if request.method == "POST" and form.is_valid() and subscriptions:
        run = send_list(definition, slot=f"hand-{form.cleaned_data['key']}", by=who(request), at=at)
        words = ngettext("Sent to %(n)d recipient.", "Sent to %(n)d recipients.", len(subscriptions))
        messages.success(request, words % {"n": len(subscriptions)})
        return redirect("office-list-sent", congress.code, definition.pk, run.pk)
    language = subscriptions[0].language if subscriptions else "fr"
    context = {
        "congress": congress,
        "definition": definition,
        "form": form,
        "subscriptions": subscriptions,
        "mail": preview(definition, language=language, at=at),
    }
    return render(request, "office/lists/send.html", context, status=422 if form.is_bound else 200)


@of_congress
@require_safe
def sent(request: HttpRequest, congress: Congress, pk: int, run: int) -> HttpResponse:
    """A list as it was sent."""
    definition = _of(request, congress, pk)
    found = get_object_or_404(ListRun.objects.visible_to(request.user).filter(definition=definition), pk=run)
    found.definition = definition
    made = sheet_of_run(found)
    if request.GET.get("export") in sheets.FORMATS:
        return download(made, request.GET["export"], getattr(request, "LANGUAGE_CODE", "fr"))
    return render(
        request, "office/lists/sent.html", {"congress": congress, "definition": definition, "run": found, **table(made)}
    )
