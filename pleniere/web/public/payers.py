"""Who else pays: one form for each, its facts checked as those of who orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Client
from pleniere.booking.actions import Buyer
from pleniere.common.money import CENT
from pleniere.congress.models import Method
from pleniere.registration.division import ME, PREFIX, Division
from pleniere.registration.visit import Visit
from pleniere.web.forms import Form, MoneyField

from .forms import countries, siret_of, vat_of

KINDS = [
    (Client.Kind.COMPANY.value, _("a company or an association")),
    (Client.Kind.PUBLIC.value, _("a public body (town, university, public establishment)")),
    (Client.Kind.PERSON.value, _("a person")),
]


class PayerForm(Form):
    """Another payer: who, where the invoice goes, how it pays, and the most it pays."""

    kind = forms.ChoiceField(label=_("It is"), choices=KINDS, initial=Client.Kind.COMPANY.value)
    company = forms.CharField(
        label=_("Name of the organisation"), max_length=160, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    first_name = forms.CharField(label=_("First name of the contact"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name of the contact"), max_length=80, required=False)
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        required=False,
        help_text=_("its amount, its reference and its payment link go there; without one, you forward the link"),
        widget=forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    address = forms.CharField(label=_("Invoice address"), max_length=250)
    postcode = forms.CharField(label=_("Postcode"), max_length=12)
    town = forms.CharField(label=_("Town"), max_length=80)
    country = forms.ChoiceField(label=_("Country"), initial="FR")
    siret = forms.CharField(
        label=_("SIRET"),
        max_length=30,
        required=False,
        help_text=_("14 digits"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    vat_number = forms.CharField(label=_("VAT no."), max_length=30, required=False)
    service_code = forms.CharField(label=_("Service code"), max_length=100, required=False)
    engagement = forms.CharField(
        label=_("Engagement number"), max_length=50, required=False, help_text=_("may be given later, by the payment link")
    )
    method = forms.ChoiceField(label=_("Pays by"))
    most = MoneyField(
        label=_("At most"),
        required=False,
        min_value=CENT,
        help_text=_("a capped grant: the rest is yours. Empty: all that is chosen below"),
    )

    NAMES = ("company", "first_name", "last_name", "email", "address", "postcode", "town", "country", "vat_number")

    def __init__(self, *args: Any, methods: list[Method], number: int, **kwargs: Any):
        super().__init__(*args, prefix=f"p{number}", **kwargs)
        self.number, self.methods = number, {method.kind: method for method in methods}
        self.fields["country"].choices = countries(get_language() or "fr")  # type: ignore[attr-defined]
        self.fields["method"].choices = [(method.kind, str(method).capitalize()) for method in methods]  # type: ignore[attr-defined]
        for name in ("first_name", "last_name", "address", "postcode", "town", "country"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_siret(self) -> str:
        value = "".join(self.cleaned_data["siret"].split())
        return siret_of(value) if value and self.data.get(self.add_prefix("kind")) != Client.Kind.PERSON else ""

    def clean_vat_number(self) -> str:
        value = self.cleaned_data["vat_number"].strip()
        return vat_of(value) if value and self.data.get(self.add_prefix("kind")) != Client.Kind.PERSON else ""

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        kind = found.get("kind")
        if kind == Client.Kind.PERSON:
            found |= dict.fromkeys(("company", "service_code", "engagement"), "")
            if not found.get("last_name") and "last_name" not in self.errors:
                self.add_error("last_name", _("Give the last name."))
        elif not found.get("company") and "company" not in self.errors:
            self.add_error("company", _("Give the name of the organisation."))
        if kind != Client.Kind.PUBLIC:
            found |= {"service_code": ""}
            if found.get("method") == Method.Kind.ORDER:
                self.add_error("method", _("An administrative order is for public bodies."))
        elif found.get("country") == "FR" and not found.get("siret") and "siret" not in self.errors:
            self.add_error("siret", _("A public body is invoiced by its SIRET: 14 digits."))
        return found

    @property
    def means(self) -> Method | None:
        return self.methods.get(self.cleaned_data.get("method") or "")

    @property
    def buyer(self) -> Buyer:
        found = self.cleaned_data
        return Buyer(
            kind=found["kind"], siret=found["siret"], service_code=found["service_code"], **{n: found[n] for n in self.NAMES}
        )

    @property
    def name(self) -> str:
        """As it is typed so far."""
        words = {name: str(self[name].value() or "").strip() for name in ("company", "first_name", "last_name")}
        person = f"{words['first_name']} {words['last_name']}".strip()
        return (person if self["kind"].value() == Client.Kind.PERSON else words["company"]) or ""

    @property
    def cap(self) -> Decimal | None:
        """The most it pays, as far as it is an amount; judged when the form is."""
        try:
            found: Decimal | None = self.fields["most"].clean(self["most"].value())
        except ValidationError:
            return None
        return found


def payer_forms(visit: Visit, methods: list[Method], data: Any = None) -> list[PayerForm]:
    """A form for each other payer: as posted, else as kept (`bound` to it, to be judged, where the order asks)."""
    kept = {name.removeprefix(PREFIX): value for name, value in visit.drafts.items() if name.startswith(f"{PREFIX}p")}
    numbers = range(ME + 1, Division(visit).others + 2)
    if data is not None:
        return [PayerForm(data, number=n, methods=methods) for n in numbers]
    return [PayerForm(initial=_own(kept, n), number=n, methods=methods) for n in numbers]


def judged(visit: Visit, methods: list[Method]) -> list[PayerForm]:
    """The same as kept, to be judged: what was typed is complete, or it is not."""
    kept = {name.removeprefix(PREFIX): value for name, value in visit.drafts.items() if name.startswith(f"{PREFIX}p")}
    return payer_forms(visit, methods, kept)


def _own(kept: dict[str, str], number: int) -> dict[str, str]:
    start = f"p{number}-"
    return {name.removeprefix(start): value for name, value in kept.items() if name.startswith(start)}


def divided(visit: Visit, forms: list[PayerForm]) -> Division:
    """The cart among its payers, capped as their forms say."""
    return Division(visit, {form.number: form.cap for form in forms if form.cap is not None})
