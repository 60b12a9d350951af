"""Steps, what they sell, to whom and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pleniere.catalogue.models import Basis, Contract, Service, Vat
from pleniere.common.nights import DAY
from pleniere.common.shown import percent
from pleniere.congress.models import Audience, Congress, Offer, Step, Window
from pleniere.web.forms import DayField, Form, KeyField, LocalField, MoneyField, RowsField

ICONS = {
    "users": gettext_lazy("people"),
    "ticket": gettext_lazy("ticket"),
    "bed": gettext_lazy("bed"),
    "fork": gettext_lazy("meal"),
    "star": gettext_lazy("evening"),
    "tram": gettext_lazy("visit"),
    "cal": gettext_lazy("programme"),
    "map": gettext_lazy("map"),
}


class StepForm(Form):
    title = LocalField(label=pgettext_lazy("of a congress", "Title"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Step.Kind.choices, initial=Step.Kind.SERVICES)
    text = LocalField(label=gettext_lazy("Text"), rows=3, required=False, max_length=20_000)
    icon = forms.ChoiceField(label=gettext_lazy("Icon"), choices=[("", "–"), *ICONS.items()], required=False)


class OfferForm(Form):
    """An offer's own words and rules."""

    title = LocalField(label=gettext_lazy("Title, when not the service’s name"), required=False, max_length=200)
    text = LocalField(label=gettext_lazy("Description"), rows=3, required=False, max_length=20_000)
    step = forms.ModelChoiceField(label=gettext_lazy("Step"), queryset=Step.objects.none(), empty_label=None)
    day = DayField(label=gettext_lazy("Day"), required=False, help_text=gettext_lazy("Of a meal, an evening or a visit."))
    starts_at = forms.TimeField(
        label=gettext_lazy("At"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    ends_at = forms.TimeField(
        label=pgettext_lazy("hour", "Until"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    place = forms.CharField(label=gettext_lazy("Place"), max_length=160, required=False)
    places = forms.IntegerField(
        label=gettext_lazy("How many places"),
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=gettext_lazy("Empty: not counted. Rooms come from what is retained at the hotels."),
    )
    audiences = RowsField(
        label=gettext_lazy("For whom (nobody ticked: all)"),
        queryset=Audience.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_mandatory = forms.BooleanField(label=gettext_lazy("Compulsory for each participant"), required=False)
    one_of = forms.CharField(
        label=gettext_lazy("Group of which at least one is taken"),
        max_length=20,
        required=False,
        validators=[validate_slug],
        help_text=gettext_lazy("The same word on each offer of the group, e.g. evening."),
    )
    most = forms.IntegerField(label=gettext_lazy("At most, per booking"), required=False, min_value=1, max_value=1000)
    office_only = forms.BooleanField(label=gettext_lazy("Sold by the office only"), required=False)
    key = KeyField()

    def __init__(self, *args: Any, congress: Congress, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["step"].queryset = congress.steps.exclude(kind=Step.Kind.PERSONS)  # type: ignore[attr-defined]
        self.fields["audiences"].queryset = congress.audiences.all()  # type: ignore[attr-defined]

    @staticmethod
    def of(offer: Offer) -> dict[str, Any]:
        names = ("title", "text", "step", "starts_at", "ends_at", "place", "is_mandatory", "one_of", "most", "office_only")
        return {name: getattr(offer, name) for name in names} | {"day": offer.starts, "audiences": offer.audiences.all()}

    def facts(self) -> dict[str, Any]:
        names = ("title", "text", "step", "day", "starts_at", "ends_at", "place", "is_mandatory", "one_of", "most", "office_only")
        return {name: self.cleaned_data[name] for name in names} | {"audiences": self.cleaned_data["audiences"]}


class NewOfferForm(OfferForm):
    """Either a service of the catalogue, or a new one made here; and its first price."""

    service = forms.ModelChoiceField(
        label=gettext_lazy("A service of the catalogue"),
        queryset=Service.objects.none(),
        required=False,
        empty_label=gettext_lazy("– a new service, named below –"),
    )
    name = LocalField(label=gettext_lazy("Name of the new service"), required=False, max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[pair for pair in Service.Kind.choices if pair[0] != Service.Kind.ROOM],
        required=False,
    )
    contract = forms.ModelChoiceField(
        label=gettext_lazy("Whose it is, and how we sell it"), queryset=Contract.objects.none(), required=False
    )
    vat = forms.ChoiceField(label=gettext_lazy("VAT"), required=False)
    amount = MoneyField(label=gettext_lazy("Price for all"), required=False, help_text=gettext_lazy("Free is written 0."))
    basis = forms.ChoiceField(label=gettext_lazy("This price is"), choices=Basis.choices, required=False)
    bought = MoneyField(
        label=gettext_lazy("Bought at"),
        required=False,
        help_text=gettext_lazy("Only for what we sell in our own name and buy from somebody."),
    )
    field_order = (
        "service",
        "name",
        "kind",
        "contract",
        "vat",
        "amount",
        "basis",
        "bought",
        "step",
        "day",
        "starts_at",
        "ends_at",
    )

    def __init__(self, *args: Any, congress: Congress, **kwargs: Any):
        super().__init__(*args, congress=congress, **kwargs)
        live = Contract.objects.filter(retired_at=None, supplier__retired_at=None).select_related("supplier")
        contract = self.fields["contract"]
        contract.queryset = live.order_by("supplier__name", "code")  # type: ignore[attr-defined]
        contract.label_from_instance = lambda c: f"{c.supplier.name}, {c.get_mode_display()}"  # type: ignore[attr-defined]
        service = self.fields["service"]
        services = Service.objects.filter(retired_at=None, supplier__in=live.values("supplier")).select_related("supplier")
        service.queryset = services.order_by("supplier__name", "code")  # type: ignore[attr-defined]
        service.label_from_instance = lambda s: f"{s.supplier.name}, {s} ({s.code})"  # type: ignore[attr-defined]
        codes = dict.fromkeys(Vat.objects.order_by("-percent").values_list("code", flat=True))
        percents = {vat.code: vat for vat in Vat.objects.order_by("since")}
        self.fields["vat"].choices = [(code, percent(percents[code].percent)) for code in codes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not facts.get("service"):
            if not facts.get("name"):
                self.add_error("name", _("Choose a service of the catalogue, or name a new one."))
            if not facts.get("contract"):
                self.add_error("contract", _("Whose is it? A supplier needs a contract before we sell for it."))
        return facts


class AudienceForm(Form):
    name = LocalField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Audience.Kind.choices)
    falls_back_to = forms.ModelChoiceField(
        label=gettext_lazy("Without a price of its own, pays as"), queryset=Audience.objects.none(), required=False
    )
    proof = forms.ChoiceField(label=gettext_lazy("Proof"), choices=Audience.Proof.choices)
    secret = forms.CharField(label=gettext_lazy("Its code"), max_length=40, required=False)
    listed = forms.CharField(
        label=gettext_lazy("Its list, one e-mail a line"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    domains = forms.CharField(
        label=gettext_lazy("Its mail domains, one a line"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    shows = forms.ChoiceField(label=gettext_lazy("Prices shown"), choices=Basis.choices)

    def __init__(self, *args: Any, congress: Congress, audience: Audience | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        others = congress.audiences.exclude(pk=audience.pk) if audience else congress.audiences.all()
        self.fields["falls_back_to"].queryset = others  # type: ignore[attr-defined]

    @staticmethod
    def of(audience: Audience) -> dict[str, Any]:
        return {name: getattr(audience, name) for name in AudienceForm.base_fields}


class WindowForm(Form):
    name = LocalField(label=gettext_lazy("Name"), max_length=200)
    opens = DayField(label=gettext_lazy("From"), required=False)
    last = DayField(label=gettext_lazy("Last day"), required=False)

    @staticmethod
    def of(window: Window) -> dict[str, Any]:
        return {"name": window.name, "opens": window.opens, "last": window.closes - DAY if window.closes else None}

    def facts(self) -> dict[str, Any]:
        last = self.cleaned_data["last"]
        return {"name": self.cleaned_data["name"], "opens": self.cleaned_data["opens"], "closes": last + DAY if last else None}
