"""A draw on a page: what is published of it, and the form by which one enters; shared by the public, the buyer and the office."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Booking, Person
from pleniere.booking.selling import audience_of
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Offer
from pleniere.congress.programme import programme
from pleniere.draw.actions import CannotEnter, Wanted
from pleniere.draw.actions.drawing import code_of, told
from pleniere.draw.models import Draw, DrawRoom, Entry
from pleniere.web.forms import DayField, Form
from pleniere.web.waiting import ZONES

CHOICES = 4  # that the form asks for
OF_OFFICE = {"email": _("Where we write to them"), "time_zone": _("Their time zone")}


@dataclass
class Listed:
    """An entry as it is published: a number, no name."""

    number: int
    group: int
    rooms: int
    choices: list[str] = field(default_factory=list)
    place: int = 0
    got: int = 0


def rooms_of(draw: Draw) -> list[DrawRoom]:
    """What is to be had, hotel by hotel."""
    return list(
        draw.rooms.select_related("offer__service__supplier", "offer__pool").order_by("offer__service__supplier__name", "pk")
    )


def listed(draw: Draw, rooms: list[DrawRoom]) -> list[Listed]:
    """The frozen list; in the drawn order once it is drawn."""
    if not draw.frozen:
        return []
    names = {code_of(room.offer): f"{room.offer.service.supplier}, {room.offer}" for room in rooms}
    found = {}
    for each in json.loads(draw.frozen)["entries"]:
        choices = [
            f"{names.get(c['room'], c['room'])} {date.fromisoformat(c['arrival']):%d/%m}–{date.fromisoformat(c['departure']):%d/%m}"
            for c in each["choices"]
        ]
        found[each["number"]] = Listed(each["number"], each["group"], each["rooms"], choices)
    for each in draw.result.get("result", []):
        found[each["entry"]].place, found[each["entry"]].got = each["place"], each["choice"]
    return sorted(found.values(), key=lambda one: (one.place, one.number))


def of_entry(entry: Entry) -> dict[str, Any]:
    """What an entry's own page says: its choices, or its group's; once drawn, why nothing better."""
    leader = entry.group or entry
    choices = list(leader.choices.select_related("offer__service__supplier", "rate").order_by("rank"))
    members = list(leader.members.filter(withdrawn_at=None).values_list("number", flat=True)) if leader.pk else []
    return {
        "entry": entry,
        "choices": choices,
        "leader": leader,
        "together": sorted([leader.number, *members]) if members else [],
        "refused": told(entry.refused, choices),
        "people": [each.person for each in entry.people.select_related("person")],
    }


def why_not(error: CannotEnter) -> str:
    """What refused the entry, in words."""
    return {
        "CLOSED": _t("The draw takes no entry now."),
        "CHOICE": _t("One of the choices is not in this draw, stands there twice, or its nights are not all in it."),
        "PEOPLE": _t("Say by name who comes; one of the rooms chosen is not for them."),
        "ROOMS": _t("So many rooms, or so many people in one, are not to be had in this draw."),
        "GROUP": _t("No group has this code."),
    }[error.why]


class EntryForm(Form):
    """Choices by rank, for whom; or the code of a group to be drawn with."""

    who = forms.MultipleChoiceField(label=_("For whom"), widget=forms.CheckboxSelectMultiple)
    rooms = forms.IntegerField(label=_("Rooms"), min_value=1, max_value=200, initial=1)
    join = forms.CharField(
        label=_("Code of a group, to be drawn together"),
        help_text=_("You then share its choices: all of you are drawn, or nobody. Leave the choices empty."),
        max_length=8,
        required=False,
    )
    waits_after = forms.BooleanField(
        label=_("If I am not drawn, put me on the waiting list, in the drawn order"), required=False, initial=True
    )
    email = forms.EmailField(label=_("Where we write to you"), max_length=254)
    time_zone = forms.ChoiceField(label=_("Your time zone"), help_text=_("We write to nobody at night."))

    def __init__(self, *args: Any, draw: Draw, booking: Booking, persons: list[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        rooms = _sold(draw, booking, persons)
        self.found = {f"{offer.pk}-{rate.pk}": (offer, rate) for _room, offer, rate in rooms}
        self.people = {str(person.pk): person for person in persons}
        every: dict[str, Any] = self.fields
        every["who"].choices = [(pk, str(person)) for pk, person in self.people.items()]
        every["who"].initial = list(self.people)[:1]
        zones = sorted({*ZONES, booking.congress.time_zone})
        every["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]
        every["time_zone"].initial = booking.congress.time_zone
        every["email"].initial = booking.client.email if booking.client else ""
        if booking.placed_at is None:  # a cart's rooms have each their people
            every["rooms"].widget = forms.HiddenInput()
        names = [("", "—")] + [(code, f"{o.service.supplier}, {o}, {rate}") for code, (o, rate) in self.found.items()]
        first = rooms[0][0] if rooms else None
        for rank in range(1, CHOICES + 1):
            every[f"room{rank}"] = forms.ChoiceField(label=_("Room and formula"), choices=names, required=False)
            every[f"arrival{rank}"] = DayField(label=_("Arrival"), required=False, initial=first.start if first else None)
            most = (first.end - first.start).days if first else 1
            every[f"nights{rank}"] = forms.IntegerField(
                label=_("Nights"), min_value=1, max_value=60, required=False, initial=max(1, most)
            )
            for name in (f"room{rank}", f"arrival{rank}", f"nights{rank}"):
                every[name].widget.attrs["class"] = "input"
                every[name].widget.attrs["aria-describedby"] = f"choice{rank}"

    @property
    def ranks(self) -> list[tuple[int, list[forms.BoundField]]]:
        return [(n, [self[f"room{n}"], self[f"arrival{n}"], self[f"nights{n}"]]) for n in range(1, CHOICES + 1)]

    @property
    def has_more(self) -> bool:
        """Is anything said of the choices after the first?"""
        more = range(2, CHOICES + 1)
        return self.is_bound and any(
            self[f"room{n}"].value() or self[f"room{n}"].errors or self[f"arrival{n}"].errors for n in more
        )

    @property
    def rest(self) -> list[forms.BoundField]:
        return [self[name] for name in ("who", "rooms", "join", "waits_after", "email", "time_zone")]

    @classmethod
    def of(cls, draw: Draw, booking: Booking, typed: QueryDict | None, *, office: bool = False) -> EntryForm:
        persons = [person for person in booking.persons.all() if not person.is_unnamed]
        form = cls(typed, draw=draw, booking=booking, persons=persons)
        if office:
            for name, label in OF_OFFICE.items():
                form.fields[name].label = label
            form.fields["time_zone"].help_text = ""
            form.fields["waits_after"].label = _("If they are not drawn, put them on the waiting list, in the drawn order")
        return form

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        choices = []
        for rank in range(1, CHOICES + 1):
            code, arrival, nights = said.get(f"room{rank}"), said.get(f"arrival{rank}"), said.get(f"nights{rank}")
            if code and not said["join"]:
                if not (arrival and nights):
                    self.add_error(f"arrival{rank}", _("Say the day of arrival and the number of nights."))
                    continue
                choices.append(Wanted(*self.found[code], arrival, arrival + timedelta(days=nights)))
        if not choices and not said["join"] and not self.errors:
            self.add_error("room1", _("Choose a room, or give the code of a group."))
        kept = {name: said[name] for name in ("rooms", "join", "waits_after", "email", "time_zone")}
        return {**kept, "persons": [self.people[pk] for pk in said["who"]], "choices": choices}


def _sold(draw: Draw, booking: Booking, persons: list[Person]) -> list[tuple[DrawRoom, Offer, Rate]]:
    """The draw's rooms as these people may take them."""
    plan = programme(booking.congress)
    audience = audience_of(plan, persons[0] if persons else None)
    return [
        (room, plan.offers[room.offer_id], rate)
        for room in rooms_of(draw)
        if room.offer_id in plan.offers and plan.admits(plan.offers[room.offer_id], audience)
        for rate in plan.rates.get(room.offer.service_id, [])
        if rate.by_night
    ]
