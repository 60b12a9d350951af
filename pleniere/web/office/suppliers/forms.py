"""What is typed of a supplier, its people, contracts, services, accounts and pictures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pleniere.catalogue.imports import TYPOLOGIES
from pleniere.catalogue.models import Basis, Contact, Contract, Rate, Service, Supplier, Vat
from pleniere.common.shown import percent
from pleniere.common.words import fold
from pleniere.web.forms import DayField, Form, LocalField, MoneyField
from pleniere.web.tables import FilterForm

LETTERS = [(letter, letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ#"]
KINDS = [(kind.value, kind.label) for kind in Supplier.Kind if kind != Supplier.Kind.HOUSE]
AMENITIES = [
    ("LIFT", _("lift")),
    ("PARKING", _("car park")),
    ("AIRCON", _("air conditioning")),
    ("WIFI", _("Wi-Fi")),
    ("ACCESS", _("accessible to wheelchairs")),
    ("RESTAURANT", _("restaurant")),
    ("BREAKFAST", _("breakfast on site")),
    ("POOL", _("swimming pool")),
    ("MEETING", _("meeting rooms")),
    ("BIKES", _("bicycle room")),
    ("PETS", _("pets welcome")),
]
LANGUAGES = [("fr", "Français"), ("en", "English")]


class SupplierFilter(FilterForm):
    kind = forms.ChoiceField(label=_("Type"), required=False, choices=[("", _("all")), *Supplier.Kind.choices])
    town = forms.CharField(label=_("Town or postcode"), required=False, max_length=80)
    stars = forms.TypedChoiceField(
        label=_("Stars"),
        required=False,
        coerce=int,
        choices=[("", _("all")), *((number, "★" * number) for number in range(5, 0, -1)), (0, _("none"))],
        empty_value=None,
    )
    letter = forms.ChoiceField(label=_("Letter"), required=False, choices=[("", _("all")), *LETTERS])
    shown = forms.ChoiceField(
        label=_("Shown"),
        required=False,
        choices=[("", _("those we work with")), ("retired", _("the retired")), ("all", _("all")), ("iban", _("IBAN to approve"))],
    )

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        if facts.get("kind"):
            rows = rows.filter(kind=facts["kind"])
        if town := fold(facts.get("town") or ""):
            rows = rows.filter(postcode__startswith=town) if town.isdigit() else rows.filter(town__in=_towns(town))
        if facts.get("stars") is not None:
            rows = rows.filter(stars=facts["stars"] or None)
        if letter := facts.get("letter"):
            rows = rows.filter(search__regex=r"^[^a-z]") if letter == "#" else rows.filter(search__startswith=letter.lower())
        return rows


class SupplierForm(Form):
    name = forms.CharField(label=_("Name"), max_length=160)
    kind = forms.ChoiceField(label=_("Type"), choices=KINDS)
    code = forms.CharField(label=_("Code"), max_length=32, required=False, help_text=_("Left empty, it is made of the name."))
    stars = forms.TypedChoiceField(
        label=_("Stars"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("none")), *((n, "★" * n) for n in range(1, 6))],
    )
    rooms = forms.IntegerField(label=_("Rooms"), required=False, min_value=0, max_value=9999)
    capacity = forms.IntegerField(label=_("Capacity, persons"), required=False, min_value=0, max_value=99999)
    address = forms.CharField(label=_("Address"), max_length=250, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=10, required=False)
    town = forms.CharField(label=_("Town"), max_length=80, required=False)
    country = forms.CharField(label=_("Country (two letters)"), min_length=2, max_length=2, initial="FR")
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90, help_text=_("As 45.4397"))
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180, help_text=_("As 4.3872"))
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    website = forms.URLField(label=_("Website"), max_length=300, required=False, assume_scheme="https")
    legal_name = forms.CharField(label=_("Legal name"), max_length=160, required=False)
    siret = forms.CharField(label="SIRET", max_length=20, required=False)
    vat_number = forms.CharField(label=_("VAT no."), max_length=20, required=False)
    billing_mandate_on = DayField(
        label=_("Billing mandate signed on"),
        required=False,
        help_text=_("We issue its invoices in its name only under this mandate."),
    )
    amenities = forms.MultipleChoiceField(
        label=_("Amenities"), required=False, choices=AMENITIES, widget=forms.CheckboxSelectMultiple
    )
    description = LocalField(label=_("Description shown to delegates"), rows=4, required=False)

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


class ContactForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), choices=Contact.Role.choices)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    language = forms.ChoiceField(label=_("Writes and reads"), choices=LANGUAGES)


class ReasonForm(Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class ContractForm(Form):
    code = forms.SlugField(label=_("Code"), max_length=20, initial="std")
    mode = forms.ChoiceField(
        label=_("We sell"),
        choices=Contract.Mode.choices,
        help_text=_("Decides whose invoice the client gets, and what we owe or are owed."),
    )
    commission = forms.DecimalField(
        label=_("Commission, %"),
        max_digits=6,
        decimal_places=3,
        min_value=0,
        max_value=100,
        initial=0,
        localize=True,
        help_text=_("Only where the supplier sells: in its name, or paid there."),
    )
    commission_base = forms.ChoiceField(label=_("Commission on the price"), choices=Basis.choices)
    commission_result = forms.ChoiceField(label=_("The commission is"), choices=Basis.choices)
    commission_vat = forms.ChoiceField(label=_("VAT of the commission"), initial="standard")
    signed_on = DayField(label=_("Signed on"), required=False)
    stops_sales = forms.BooleanField(
        label=_("The hotel may stop sales of a night by itself"),
        required=False,
        help_text=_("From its page: what is free that night goes back to it at once."),
    )
    tax_authorised_on = DayField(
        label=_("We collect its tourist tax since"),
        required=False,
        help_text=_("The day its authorisation begins. Empty: guests pay the tax at the hotel, and we only say about how much."),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["commission_vat"].choices = vat_choices()  # type: ignore[attr-defined]


class ServiceForm(Form):
    kind = forms.ChoiceField(label=_("Type"), choices=Service.Kind.choices)
    room_type = forms.ChoiceField(
        label=_("Room type"), required=False, choices=[("", "–"), *Service.Room.choices], help_text=_("For a room only.")
    )
    code = forms.CharField(label=_("Code"), max_length=20)
    name = LocalField(label=_("Name"), max_length=200)
    text = LocalField(label=_("Description"), rows=3, required=False)
    persons_most = forms.IntegerField(label=_("Persons at most"), min_value=1, max_value=2000, initial=1)


class RateForm(Form):
    code = forms.CharField(label=_("Code"), max_length=20)
    name = LocalField(label=_("Name"), max_length=200)
    occupancy = forms.IntegerField(label=pgettext_lazy("number", "Persons"), min_value=1, max_value=2000, initial=1)
    board = forms.ChoiceField(label=_("Board"), choices=Rate.Board.choices)
    vat = forms.ChoiceField(label=_("VAT"))
    unit = forms.ChoiceField(label=_("Unit"), choices=Rate.Unit.choices)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["vat"].choices = vat_choices()  # type: ignore[attr-defined]


class PackageForm(Form):
    """A package as a whole: it holds what its parts together are refused for."""


class PartForm(Form):
    """A part of a package; without a price it is none."""

    fr = forms.CharField(label=_("Part, in French"), max_length=80, required=False)
    en = forms.CharField(label=_("Part, in English"), max_length=80, required=False)
    vat = forms.ChoiceField(label=_("VAT"), required=False)
    share = MoneyField(label=_("Price per person, VAT incl."), required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["vat"].choices = vat_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        if facts.get("share") and not facts.get("fr") and "fr" not in self.errors:
            self.add_error("fr", now("Say what it is for."))
        return facts


class BankForm(Form):
    holder = forms.CharField(
        label=_("Account holder, as the bank knows it"),
        max_length=70,
        help_text=_("The company’s legal name, often not the name over the door."),
    )
    iban = forms.CharField(
        label="IBAN", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    bic = forms.CharField(
        label="BIC",
        max_length=20,
        required=False,
        help_text=_("Left empty, it is found by the IBAN."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-12"}),
    )
    proof = forms.FileField(label=_("Proof (bank details slip: PDF or picture)"), required=False, max_length=200)


class PhotoForm(Form):
    file = forms.FileField(label=_("Picture (JPEG, PNG or WebP, 4 MB at most)"), max_length=200)
    caption = LocalField(label=_("What it shows"), max_length=200)


class CaptionForm(Form):
    caption = LocalField(label=_("What it shows"), max_length=200)


class ImportForm(Form):
    file = forms.FileField(
        label=_("Atout France’s list, CSV"),
        max_length=200,
        help_text=_("The national file as it is published; reading it writes nothing."),
    )
    department = forms.CharField(
        label=_("Only this département"), max_length=3, required=False, help_text=_("42, 2A, 971…; empty for all of France")
    )
    typologies = forms.MultipleChoiceField(
        label=_("Only these"),
        required=False,
        choices=[(typology, typology.capitalize()) for typology in TYPOLOGIES],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )

    def clean_department(self) -> str:
        department = str(self.cleaned_data["department"]).strip().upper()
        if department and not (department.isalnum() and department[0].isdigit() and len(department) in (2, 3)):
            raise forms.ValidationError(_("A département is 42, 2A or 971."))
        return department


def _towns(words: str) -> list[str]:
    """Towns of the file whose name holds these words, whatever their accents and case."""
    towns = Supplier.objects.order_by().values_list("town", flat=True).distinct()
    return [town for town in towns if words in fold(town)][:500]


def vat_choices() -> list[tuple[str, str]]:
    """VAT codes with the words and percentage of their newest rate."""
    found: dict[str, str] = {}
    for vat in Vat.objects.order_by("code", "-since"):
        found.setdefault(vat.code, f"{vat.words}, {percent(vat.percent)}")
    return list(found.items()) or [("standard", "standard")]
