"""What the pages of one congress's set-up share: tabs, the assistant's trail, how a refusal comes back to its form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from pleniere.accounts.rights import can
from pleniere.congress import uses
from pleniere.congress.actions import Refused
from pleniere.congress.models import Congress, Window
from pleniere.congress.opening import Missing

TABS = (
    ("office-congress", gettext_lazy("Overview")),
    ("office-setup-general", gettext_lazy("General")),
    ("office-setup-steps", gettext_lazy("Steps and offers")),
    ("office-setup-audiences", gettext_lazy("Audiences and periods")),
    ("office-setup-discounts", gettext_lazy("Discounts")),
    ("office-setup-stays", gettext_lazy("Lodging")),
    ("office-setup-payment", pgettext_lazy("all of them", "Means of payment")),
    ("office-setup-terms", gettext_lazy("Terms")),
    ("office-setup-texts", gettext_lazy("Texts")),
    ("office-setup-members", gettext_lazy("Members")),
    ("office-setup-opening", gettext_lazy("Opening")),
)
# The assistant: the same pages in the order a newcomer needs them. Each page saves, so it is left and resumed at will.
GUIDE = (
    ("office-setup-general", gettext_lazy("Dates and titles")),
    ("office-setup-steps", gettext_lazy("Steps, offers and prices")),
    ("office-setup-payment", pgettext_lazy("all of them", "Means of payment")),
    ("office-setup-terms", gettext_lazy("Deposit and cancellation")),
    ("office-setup-texts", gettext_lazy("Terms of sale")),
    ("office-setup-preview", gettext_lazy("Preview")),
    ("office-setup-opening", gettext_lazy("Opening")),
)
PLACES = {  # where `opening.Missing` is mended
    "general": "office-setup-general",
    "steps": "office-setup-steps",
    "payment": "office-setup-payment",
    "stays": "office-setup-stays",
    "terms": "office-setup-terms",
    "texts": "office-setup-texts",
}


def show(request: HttpRequest, congress: Congress, template: str, *, here: str, **facts: Any) -> HttpResponse:
    """A page of the set-up. 422 when one of its forms was refused."""
    forms = [value for value in facts.values() if isinstance(value, Form)]
    refused = any(form.is_bound and form.errors for form in forms) or facts.get("refused")
    now = timezone.now()
    context = {
        "congress": congress,
        "tabs": [(reverse(name, args=[congress.code]), label, name == here) for name, label in TABS],
        "guide": trail(congress, here) if request.GET.get("guide") else None,
        "carts": uses.open_carts(congress, now) if congress.state == Congress.State.OPEN else 0,
        "can_edit": can(request.user, "congress.edit", congress),
        **facts,
    }
    return render(request, f"office/congresses/{template}.html", context, status=422 if refused else 200)


def trail(congress: Congress, here: str) -> dict[str, Any]:
    """The assistant's pages, those before and after this one."""
    names = [name for name, _label in GUIDE]
    at = names.index(here) if here in names else 1
    pages = [(reverse(name, args=[congress.code]) + "?guide=1", label, n - at) for n, (name, label) in enumerate(GUIDE)]
    return {
        "pages": pages,
        "number": at + 1,
        "count": len(pages),
        "label": GUIDE[at][1],
        "next": pages[at + 1][0] if at + 1 < len(pages) else "",
        "before": pages[at - 1][0] if at else "",
    }


@contextmanager
def refusals(form: Form) -> Iterator[None]:
    """What the action refuses comes back as errors of the form; nothing typed is lost."""
    try:
        yield
    except Refused as error:
        for reason in error.reasons:
            form.add_error(None, reason)
    except ValidationError as error:
        for name, texts in getattr(error, "message_dict", {"": error.messages}).items():
            for text in texts:
                form.add_error(name if name in form.fields else None, text)


def saved(request: HttpRequest, congress: Congress, name: str, *args: Any) -> HttpResponse:
    """Back to a page, saying what became of the carts; in the assistant, on to the next one."""
    carts = uses.open_carts(congress, timezone.now()) if congress.state == Congress.State.OPEN else 0
    text = _("Saved.")
    if carts:
        text += " " + ngettext(
            "%(n)d open cart is priced anew at its next page, and told.",
            "%(n)d open carts are priced anew at their next page, and told.",
            carts,
        ) % {"n": carts}
    messages.success(request, text)
    if request.GET.get("guide"):
        guide = trail(congress, name)
        stays = args or name in ("office-setup-steps", "office-setup-texts")
        address = reverse(name, args=[congress.code, *args]) + "?guide=1" if stays else guide["next"] or guide["pages"][-1][0]
        return redirect(address)
    return redirect(name, congress.code, *args)


def cure(congress: Congress, missing: Missing) -> str:
    """The page where a lack is mended; empty when it is not ours to mend, or its page does not exist."""
    try:
        if missing.where in PLACES:
            return reverse(PLACES[missing.where], args=[congress.code])
        if missing.where in ("prices", "offers"):
            return reverse("office-setup-offer", args=[congress.code, missing.pk])
        if missing.where == "quotes":
            return reverse("office-quotes", args=[congress.code])
        if missing.where == "bureau":
            return reverse("office-settings")
        return reverse("office-settings-bank")
    except NoReverseMatch:
        return ""


def windows(congress: Congress) -> list[Window]:
    return list(congress.windows.order_by("closes", "pk"))


def guided(request: HttpRequest) -> str:
    return "?guide=1" if request.GET.get("guide") else ""
