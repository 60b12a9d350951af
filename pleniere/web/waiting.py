"""A wish typed: by its buyer on their page, by an agent on theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Booking, Person
from pleniere.booking.selling import audience_of
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Offer
from pleniere.congress.programme import programme
from pleniere.web.forms import Form, despite_field

MIN_YEAR, MAX_YEAR = 2000, 2199
# Where delegates come from; an offer leaves when people are awake there.
ZONES = (
    *(
        "Africa/Abidjan",
        "Africa/Casablanca",
        "Africa/Johannesburg",
        "America/Cayenne",
        "America/Guadeloupe",
        "America/Los_Angeles",
    ),
    *("America/Martinique", "America/Mexico_City", "America/New_York", "America/Sao_Paulo", "America/Toronto", "Asia/Dubai"),
    *("Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Europe/Athens", "Europe/Istanbul", "Europe/London"),
    *("Europe/Paris", "Indian/Mayotte", "Indian/Reunion", "Pacific/Noumea", "Pacific/Tahiti", "Pacific/Auckland"),
)

# What is said of the client instead of to them.
OF_OFFICE = {"rank": _("Choice number"), "email": _("Where we write to them"), "time_zone": _("Their time zone")}


class WaitForm(Form):
    """Nights to wait for: which room, for whom, all of it or a part."""

    room = forms.ChoiceField(label=_("Room and formula"))
    arrival = forms.DateField(label=_("Arrival"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    nights = forms.IntegerField(label=_("Nights"), min_value=1, max_value=30, initial=1)
    rooms = forms.IntegerField(label=_("Rooms"), min_value=1, max_value=200, initial=1)
    who = forms.MultipleChoiceField(label=_("For whom"), widget=forms.CheckboxSelectMultiple)
    is_whole = forms.ChoiceField(
        label=_("If not all of it comes free"),
        choices=[("1", _("All of it or nothing")), ("0", _("Offer me a part of it"))],
        initial="1",
        widget=forms.RadioSelect,
    )
    rank = forms.IntegerField(
        label=_("Your choice number"), help_text=_("1 is the one you prefer"), min_value=1, max_value=20, initial=1
    )
    email = forms.EmailField(label=_("Where we write to you"), max_length=254)
    time_zone = forms.ChoiceField(label=_("Your time zone"), help_text=_("We write to nobody at night."))

    def __init__(self, *args: Any, booking: Booking, rooms: list[tuple[Offer, Rate]], persons: list[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.found = {f"{offer.pk}-{rate.pk}": (offer, rate) for offer, rate in rooms}
        self.people = {str(person.pk): person for person in persons}
        choices = [(code, f"{offer.service.supplier}, {offer}, {rate}") for code, (offer, rate) in self.found.items()]
        self.fields["room"].choices = choices  # type: ignore[attr-defined]
        self.fields["who"].choices = [(pk, str(person)) for pk, person in self.people.items()]  # type: ignore[attr-defined]
        self.fields["who"].initial = list(self.people)[:1]
        zones = sorted({*ZONES, booking.congress.time_zone})
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]
        self.fields["time_zone"].initial = booking.congress.time_zone
        self.fields["email"].initial = booking.client.email if booking.client else ""
        self.fields["arrival"].initial = booking.congress.starts
        if booking.placed_at is None:  # a cart's rooms have each their people
            self.fields["rooms"].widget = forms.HiddenInput()

    @classmethod
    def of(cls, booking: Booking, typed: QueryDict | None, suggested: QueryDict, *, office: bool = False) -> WaitForm:
        """For this booking: the rooms its people are admitted to, those only the `office` sells too if it asks."""
        plan = programme(booking.congress)
        persons = list(booking.persons.all())
        audience = audience_of(plan, persons[0] if persons else None)
        rooms = [
            (offer, rate)
            for offer in plan.offers.values()
            if offer.service.kind == "ROOM"
            and offer.pool_id
            and plan.admits(offer, audience)
            and (office or not offer.office_only)
            for rate in plan.rates.get(offer.service_id, [])
            if rate.by_night
        ]
        initial = {name: suggested[name] for name in ("room", "arrival", "nights") if name in suggested}
        form = cls(typed, booking=booking, rooms=rooms, persons=persons, initial=initial)
        if office:
            for name, label in OF_OFFICE.items():
                form.fields[name].label = label
            form.fields["time_zone"].help_text = ""
            if plan.stays:
                form.fields["despite"] = despite_field()
        return form

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "arrival" in said and not MIN_YEAR <= said["arrival"].year <= MAX_YEAR:
            self.add_error("arrival", _("This date is too far away."))
        if self.errors:
            return said
        return {
            "room": self.found[said["room"]],
            "start": said["arrival"],
            "end": said["arrival"] + timedelta(days=said["nights"]),
            "rooms": said["rooms"],
            "persons": [self.people[pk] for pk in said["who"]],
            "is_whole": said["is_whole"] == "1",
            **({"despite": said["despite"]} if "despite" in said else {}),
            "rank": said["rank"],
            "email": said["email"],
            "time_zone": said["time_zone"],
        }
