"""The set-up's forms: shapes of input only; what makes sense is the actions' to say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from pleniere.accounts.models import STAFF, Client, Role
from pleniere.accounts.rights import can
from pleniere.catalogue.models import Basis, Clause, Contract, Service, Vat
from pleniere.common.nights import DAY
from pleniere.common.shown import percent
from pleniere.congress.actions.making import STEPS
from pleniere.congress.models import CODE, Audience, Congress, Method, Offer, Step, Window
from pleniere.web.forms import EARLIEST, LATEST, DayField, Form, KeyField, LocalField, MoneyField

HUES = {
    "petrol": gettext_lazy("petrol"),
    "cluster": gettext_lazy("green"),
    "prune": gettext_lazy("plum"),
    "brick": gettext_lazy("brick"),
}
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
READS = [("fr", "Français"), ("en", "English")]
MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


FRAME = {"title", "starts", "venue", "venue_address", "help_name", "help_email", "help_phone", "organiser", "freeze_date"}
FRAME |= {"price_date", "hue"}


class MomentField(forms.DateTimeField):
    """A day and hour where the congress is; the view makes it aware."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            required=False,
            widget=MOMENT,
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
            **kwargs,
        )

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        if moment is not None and not EARLIEST.year < moment.year < LATEST.year:
            raise forms.ValidationError(_("Please check the year."), code="year")
        return moment


class CongressForm(Form):
    """The frame: dates, titles, place, organiser, help."""

    title = LocalField(label=pgettext_lazy("of a congress", "Title"), max_length=200)
    starts = DayField(label=gettext_lazy("First day"))
    last = DayField(label=gettext_lazy("Last day"))
    venue = forms.CharField(label=gettext_lazy("Venue"), max_length=160, required=False)
    venue_address = forms.CharField(label=gettext_lazy("Address of the venue"), max_length=250, required=False)
    help_name = forms.CharField(label=gettext_lazy("Who helps"), max_length=120, required=False)
    help_email = forms.EmailField(label=gettext_lazy("Help by e-mail"), required=False)
    help_phone = forms.CharField(label=gettext_lazy("Help by phone"), max_length=30, required=False)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("starts") and facts.get("last") and facts["last"] < facts["starts"]:
            self.add_error("last", _("The last day lies before the first."))
        return facts

    def facts(self) -> dict[str, Any]:
        """What the action takes: `ends` is the day after the last."""
        facts = {name: value for name, value in self.cleaned_data.items() if name in FRAME}
        return facts | {"ends": self.cleaned_data["last"] + timedelta(days=1)}


class NewCongressForm(CongressForm):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=32,
        validators=[CODE],
        help_text=gettext_lazy("Stands in its address: ctv2027. It never changes."),
    )
    organiser = forms.CharField(label=gettext_lazy("Organiser"), max_length=160, required=False)
    organiser_email = forms.EmailField(label=gettext_lazy("E-mail of the organiser"), required=False)
    organiser_language = forms.ChoiceField(
        label=gettext_lazy("The organiser reads"), choices=READS, initial=get_language, required=False
    )
    steps = forms.MultipleChoiceField(
        label=gettext_lazy("Steps of the form"),
        choices=[(code, "") for code, *_rest in STEPS],
        widget=forms.CheckboxSelectMultiple,
        initial=["persons", "fee", "lodging", "meals"],
        required=False,
    )
    field_order = (
        "title",
        "code",
        "starts",
        "last",
        "venue",
        "venue_address",
        "organiser",
        "organiser_email",
        "organiser_language",
        "steps",
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        titles = {
            "persons": _("Participants"),
            "fee": _("Registration fee"),
            "lodging": _("Lodging"),
            "meals": _("Meals"),
            "evenings": _("Evenings"),
            "visits": _("Visits"),
        }
        self.fields["steps"].choices = list(titles.items())  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        organiser = None
        if said["organiser"]:
            language = said["organiser_language"] or "fr"
            organiser = {"company": said["organiser"], "email": said["organiser_email"], "language": language}
        steps = ["persons", *(code for code in said["steps"] if code != "persons")]
        return super().facts() | {"organiser": organiser, "steps": steps}


class GeneralForm(CongressForm):
    organiser = forms.ModelChoiceField(
        label=gettext_lazy("Organiser"), queryset=Client.objects.none(), required=False, empty_label=gettext_lazy("– none –")
    )
    organiser_new = forms.CharField(label=gettext_lazy("or a new organiser"), max_length=160, required=False)
    organiser_email = forms.EmailField(label=gettext_lazy("E-mail of the new organiser"), required=False)
    organiser_language = forms.ChoiceField(
        label=gettext_lazy("The new organiser reads"), choices=READS, initial=get_language, required=False
    )
    opens_at = MomentField(label=gettext_lazy("Registration opens"))
    closes_at = MomentField(label=gettext_lazy("Registration closes"))
    freeze_date = DayField(label=gettext_lazy("Changes wait for an agent from"), required=False)
    price_date = forms.ChoiceField(label=gettext_lazy("Price of the"), choices=Congress.PriceDate.choices)
    hue = forms.ChoiceField(label=gettext_lazy("Colour"), choices=HUES.items())

    def __init__(self, *args: Any, congress: Congress, by: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.congress = congress
        known = Client.objects.filter(pk__in=Congress.objects.staffed_by(by).values("organiser"))
        if can(by, "clients.see"):  # who works for one congress learns no name of another's
            known = known | Client.objects.exclude(kind=Client.Kind.PERSON)
        self.fields["organiser"].queryset = known.order_by("company", "pk")  # type: ignore[attr-defined]
        if congress.hue not in HUES:
            self.fields["hue"].choices = [*HUES.items(), (congress.hue, congress.hue)]  # type: ignore[attr-defined]

    @staticmethod
    def of(congress: Congress) -> dict[str, Any]:
        names = [name for name in GeneralForm.base_fields if hasattr(congress, name)]
        facts = {name: getattr(congress, name) for name in names} | {"last": congress.ends - DAY}
        for name in ("opens_at", "closes_at"):
            facts[name] = facts[name].astimezone(congress.zone).replace(tzinfo=None) if facts[name] else None
        return facts

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        facts = super().facts()
        if said["organiser_new"]:
            language = said["organiser_language"] or "fr"
            facts["organiser"] = {"company": said["organiser_new"], "email": said["organiser_email"], "language": language}
        for name in ("opens_at", "closes_at"):
            facts[name] = said[name].replace(tzinfo=self.congress.zone) if said[name] else None
        return facts


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
    audiences = forms.ModelMultipleChoiceField(
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


class MethodForm(Form):
    is_on = forms.BooleanField(label=pgettext_lazy("means of payment", "Offered"), required=False)
    hold_days = forms.IntegerField(label=gettext_lazy("Rooms held for, days"), min_value=1, max_value=120, required=False)
    closes = DayField(label=gettext_lazy("No longer offered from"), required=False)
    text = LocalField(label=gettext_lazy("What the payer must know"), rows=2, required=False, max_length=4000)

    @staticmethod
    def of(method: Method | None) -> dict[str, Any]:
        if method is None:
            return {"hold_days": 10}
        return {name: getattr(method, name) for name in MethodForm.base_fields}


class ClauseForm(Form):
    """A line of the terms: what, how much, from when."""

    verb = forms.ChoiceField(label=gettext_lazy("What"), choices=[("", "–"), *Clause.Verb.choices], required=False)
    percent = forms.DecimalField(label=gettext_lazy("Share, %"), required=False, max_digits=6, decimal_places=3)
    amount = MoneyField(label=gettext_lazy("or amount"), required=False)
    base = forms.ChoiceField(label=gettext_lazy("Of"), choices=Clause.Base.choices, required=False)
    days = forms.IntegerField(label=gettext_lazy("Days"), required=False, min_value=0, max_value=1000)
    side = forms.ChoiceField(
        label=gettext_lazy("before or after"),
        required=False,
        choices=[("before", gettext_lazy("before")), ("after", gettext_lazy("after"))],
    )
    start = forms.ChoiceField(label=gettext_lazy("The moment"), choices=Clause.Start.choices, required=False)
    on = DayField(label=gettext_lazy("Date"), required=False)


class TextsForm(Form):
    welcome = LocalField(label=gettext_lazy("Welcome text"), rows=5, required=False, max_length=20_000)
    practical = LocalField(label=gettext_lazy("Practical information"), rows=5, required=False, max_length=20_000)


class LegalForm(Form):
    text = LocalField(label=gettext_lazy("Text"), rows=12, max_length=20_000)


class MemberForm(Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    name = forms.CharField(label=gettext_lazy("Name, of somebody new"), max_length=120, required=False)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles in this congress"),
        choices=[(role.value, role.label) for role in (*STAFF, Role.ORGANISER)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class OpeningForm(Form):
    override = forms.CharField(
        label=gettext_lazy("Why it opens before the quote is accepted"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A team lead’s right; the reason is kept."),
    )


class ReasonForm(Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False)
