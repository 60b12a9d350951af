"""What the public form asks. Words as typed are kept as drafts before any of this judges them."""

from __future__ import annotations

import gettext
from functools import lru_cache
from typing import Any

import phonenumbers
import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from stdnum.eu import vat
from stdnum.fr import siret

from pleniere.accounts.models import Client
from pleniere.booking.models import Person
from pleniere.common.words import fold
from pleniere.congress.models import Audience, Method
from pleniere.congress.programme import Programme
from pleniere.web.forms import DayField, Form

GUESTS_MOST = 50
BY_MAIL = (Audience.Proof.LIST, Audience.Proof.DOMAIN)


class GuestForm(Form):
    """One participant, and who comes with them."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    institution = forms.CharField(label=_("Institution"), max_length=160, required=False)
    is_unnamed = forms.BooleanField(label=_("The name is not known yet"), required=False)
    email = forms.EmailField(
        label=_("E-mail at the institution"), max_length=254, required=False, help_text=_("if it proves the category chosen")
    )
    audience = forms.TypedChoiceField(label=_("Registers as"), required=False, coerce=int, empty_value=None)
    code = forms.CharField(label=_("Invitation code"), max_length=40, required=False, help_text=_("if you were given one"))
    with_companion = forms.BooleanField(label=_("Comes with somebody"), required=False)
    c_pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    c_first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    c_last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    c_is_minor = forms.BooleanField(label=_("Under 18"), required=False)

    def __init__(self, *args: Any, plan: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.plan = plan
        words = [a for a in plan.audiences.values() if a.proof != Audience.Proof.CODE and a.kind == Audience.Kind.DELEGATE]
        self.codes = {a.secret.strip().casefold() for a in plan.audiences.values() if a.proof == Audience.Proof.CODE and a.secret}
        if len(words) > 1:
            self.fields["audience"].choices = [(a.pk, str(a)) for a in words]  # type: ignore[attr-defined]
        else:
            del self.fields["audience"]
        if not any(a.proof in BY_MAIL for a in words):
            del self.fields["email"]
        if not self.codes:
            del self.fields["code"]
        for name in ("first_name", "last_name", "c_first_name", "c_last_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip()
        if code and code.casefold() not in self.codes:
            raise ValidationError(_("This code is not known. Check it, or leave the field empty."))
        return str(code)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("is_unnamed"):
            if not found.get("institution") and "institution" not in self.errors:
                self.add_error("institution", _("Give the institution: the place is kept in its name."))
        else:
            for name, text in (
                ("first_name", _("Give the first name, or tick “not known yet”.")),
                ("last_name", _("Give the last name, or tick “not known yet”.")),
            ):
                if not found.get(name) and name not in self.errors:
                    self.add_error(name, text)
        if found.get("with_companion"):
            for name, text in (
                ("c_first_name", _("Give the companion’s first name.")),
                ("c_last_name", _("Give the companion’s last name.")),
            ):
                if not found.get(name) and name not in self.errors:
                    self.add_error(name, text)
        return found


class WishForm(Form):
    """When one comes, for how many nights, in how many rooms."""

    arrival = DayField(label=_("Arrival"))
    nights = forms.TypedChoiceField(label=_("Nights"), coerce=int)
    rooms = forms.TypedChoiceField(label=_("Rooms"), coerce=int)
    adults = forms.TypedChoiceField(label=_("Per room"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, choices in _counts(get_language() or "fr").items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]


@lru_cache(maxsize=4)
def _counts(language: str) -> dict[str, list[tuple[int, str]]]:
    """What one chooses among, in the language of the moment: it is the cache's key alone."""
    return {
        "nights": [(n, ngettext("%(n)d night", "%(n)d nights", n) % {"n": n}) for n in range(1, 15)],
        "rooms": [(n, ngettext("%(n)d room", "%(n)d rooms", n) % {"n": n}) for n in range(1, 11)],
        "adults": [(n, ngettext("%(n)d adult", "%(n)d adults", n) % {"n": n}) for n in range(1, 5)],
    }


class ContactForm(Form):
    """Who orders: the e-mail first. For an organisation: its name and numbers, checked."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})
    )
    title = forms.ChoiceField(label=pgettext_lazy("of a person", "Title"), choices=Person.Title.choices, required=False)
    first_name = forms.CharField(
        label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    address = forms.CharField(
        label=_("Address"), max_length=250, widget=forms.TextInput(attrs={"autocomplete": "street-address"})
    )
    postcode = forms.CharField(label=_("Postcode"), max_length=12, widget=forms.TextInput(attrs={"autocomplete": "postal-code"}))
    town = forms.CharField(label=_("Town"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "address-level2"}))
    country = forms.ChoiceField(label=_("Country"), initial="FR", widget=forms.Select(attrs={"autocomplete": "country"}))
    mobile = forms.CharField(
        label=_("Mobile phone"),
        max_length=30,
        required=False,
        help_text=_("only useful on the day itself"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    is_professional = forms.BooleanField(label=_("I book for my organisation"), required=False)
    company = forms.CharField(
        label=_("Name of the organisation"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    siret = forms.CharField(
        label=_("SIRET"),
        max_length=30,
        required=False,
        help_text=_("14 digits, spaces do no harm; for an organisation in France"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    vat_number = forms.CharField(
        label=_("VAT no."), max_length=30, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    is_public = forms.BooleanField(
        label=_("It is a public body"),
        required=False,
        help_text=_("town, university, public establishment: invoiced through Chorus Pro"),
    )
    service_code = forms.CharField(label=_("Service code"), max_length=100, required=False)
    engagement = forms.CharField(label=_("Engagement number"), max_length=50, required=False)
    has_others = forms.BooleanField(label=_("Somebody else pays a part"), required=False)
    comment = forms.CharField(
        label=_("Something we should know?"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    PERSONAL = ("email", "title", "first_name", "last_name", "address", "postcode", "town", "country", "mobile", "phone")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries(get_language() or "fr")  # type: ignore[attr-defined]

    def clean_mobile(self) -> str:
        return self._number("mobile")

    def clean_phone(self) -> str:
        return self._number("phone")

    def _number(self, name: str) -> str:
        value = self.cleaned_data[name]
        if not value:
            return ""
        region = self.data.get(self.add_prefix("country")) or "FR"
        try:
            number = phonenumbers.parse(value, region if isinstance(region, str) else "FR")
        except phonenumbers.NumberParseException as error:
            raise ValidationError(_("This is no phone number. Abroad, begin with + and the country’s code.")) from error
        if not phonenumbers.is_valid_number(number):
            raise ValidationError(_("This phone number does not exist. Abroad, begin with + and the country’s code."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)

    def clean_siret(self) -> str:
        value = "".join(self.cleaned_data["siret"].split())
        return siret_of(value) if value and self.data.get(self.add_prefix("is_professional")) else ""

    def clean_vat_number(self) -> str:
        value = self.cleaned_data["vat_number"].strip()
        if not value or not self.data.get(self.add_prefix("is_professional")):
            return ""
        return vat_of(value)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("is_professional"):
            if not found.get("company") and "company" not in self.errors:
                self.add_error("company", _("Give the name of your organisation."))
            if found.get("is_public") and found.get("country") == "FR" and not found.get("siret") and "siret" not in self.errors:
                self.add_error("siret", _("A public body is invoiced by its SIRET: 14 digits."))
        else:
            found |= dict.fromkeys(("company", "siret", "vat_number", "service_code", "engagement"), "") | {"is_public": False}
        return found

    @property
    def buyer_name(self) -> str:
        found = self.cleaned_data
        return found["company"] if found["is_professional"] else f"{found['first_name']} {found['last_name']}"

    @property
    def buyer_facts(self) -> dict[str, str]:
        """The fields of a `Buyer`."""
        found = self.cleaned_data
        kind = Client.Kind.PERSON
        if found["is_professional"]:
            kind = Client.Kind.PUBLIC if found["is_public"] else Client.Kind.COMPANY
        names = (*self.PERSONAL, "company", "siret", "vat_number", "service_code")
        return {"kind": kind, **{name: found.get(name) or "" for name in names}}


class PaymentForm(Form):
    """How it is paid, and the yes to the terms. An administrative order needs whom to invoice."""

    method = forms.ChoiceField(
        label=_("Means of payment"), widget=forms.RadioSelect, error_messages={"required": _("Choose how you pay.")}
    )
    order_siret = forms.CharField(
        label=_("SIRET of the public body"),
        max_length=30,
        required=False,
        help_text=_("14 digits"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    order_service = forms.CharField(label=_("Service code"), max_length=100, required=False)
    order_engagement = forms.CharField(label=_("Engagement number"), max_length=50, required=False)
    terms = forms.BooleanField(
        label=_("I accept the terms of sale"), error_messages={"required": _("Accept the terms of sale to book.")}
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput, max_value=99_999)
    shown = forms.DecimalField(widget=forms.HiddenInput, max_digits=12, decimal_places=2)
    shares = forms.CharField(widget=forms.HiddenInput, max_length=120, required=False)

    def __init__(self, *args: Any, methods: list[Method], has_terms: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = [(method.kind, str(method)) for method in methods]  # type: ignore[attr-defined]
        if not methods:
            del self.fields["method"]
        if not has_terms:
            del self.fields["terms"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("method") == Method.Kind.ORDER:
            value = "".join((found.get("order_siret") or "").split())
            try:
                found["order_siret"] = siret_of(value)
            except ValidationError as error:
                self.add_error("order_siret", error)
        return found


class EmailForm(Form):
    """An address to write to."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})
    )


def siret_of(value: str) -> str:
    """The 14 digits, or a ValidationError that says what is wrong with them."""
    if not value.isascii() or not value.isdigit():
        raise ValidationError(_("The SIRET has 14 digits, and nothing else."))
    if len(value) != 14:
        raise ValidationError(_("The SIRET has 14 digits; this one has %(n)d."), params={"n": len(value)})
    if not siret.is_valid(value):
        raise ValidationError(_("The SIRET’s check digit is wrong: one digit was mistyped."))
    return value


def vat_of(value: str) -> str:
    """The number as it is written, or a ValidationError."""
    try:
        return str(vat.validate(value))
    except Exception as error:  # stdnum raises several kinds, some not its own
        raise ValidationError(_("This VAT number is not right: it begins with the country, FR12 345 678 901.")) from error


@lru_cache(maxsize=4)
def countries(language: str) -> list[tuple[str, str]]:
    """Every country by its name in the language, France and its neighbours first."""
    words = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
    found = sorted(
        ((c.alpha_2, words.gettext(getattr(c, "common_name", c.name))) for c in pycountry.countries), key=lambda c: fold(c[1])
    )
    near = ["FR", "BE", "CH", "LU", "DE", "IT", "ES", "GB"]
    names = dict(found)
    return [(code, names[code]) for code in near] + [each for each in found if each[0] not in near]
