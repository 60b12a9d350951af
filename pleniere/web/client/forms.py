"""What a buyer gives afterwards: a name for a place, a wish, an address to be written to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Booking, Person
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Offer
from pleniere.web.forms import Form

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


class NameForm(Form):
    """The person a kept place was waiting for."""

    first_name = forms.CharField(label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    last_name = forms.CharField(label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class WishForm(Form):
    """What is to be changed, in the buyer's words."""

    text = forms.CharField(label=_("What would you like to change?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class EmailForm(Form):
    """An address to write to."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})
    )


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
            "rank": said["rank"],
            "email": said["email"],
            "time_zone": said["time_zone"],
        }
