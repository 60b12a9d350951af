"""A congress: what it is called, when and where it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from pleniere.accounts.models import Client
from pleniere.accounts.rights import can
from pleniere.common.nights import DAY
from pleniere.congress.actions.making import STEPS
from pleniere.congress.models import CODE, Congress
from pleniere.web.forms import EARLIEST, LATEST, DayField, Form, LocalField

HUES = {
    "petrol": gettext_lazy("petrol"),
    "cluster": gettext_lazy("green"),
    "prune": gettext_lazy("plum"),
    "brick": gettext_lazy("brick"),
}
READS = [("fr", "Français"), ("en", "English")]
MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
FRAME = {"title", "starts", "venue", "venue_address", "help_name", "help_email", "help_phone", "organiser", "freeze_date"}
FRAME |= {"price_date", "hue", "queue_places"}


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
    queue_places = forms.IntegerField(
        label=gettext_lazy("Queue before the form: how many register at once"),
        help_text=gettext_lazy("0: no queue. Who comes before the hour is drawn by lot, later ones follow by arrival."),
        min_value=0,
        max_value=2000,
        initial=0,
        required=False,
    )
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
        facts["queue_places"] = said["queue_places"] or 0
        for name in ("opens_at", "closes_at"):
            facts[name] = said[name].replace(tzinfo=self.congress.zone) if said[name] else None
        return facts
