"""A draw in preparation: its words and dates, the rooms it gives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.congress.models import Congress
from pleniere.congress.programme import programme
from pleniere.draw.models import Draw
from pleniere.web.forms import DayField, Form, LocalField

MOMENT: dict[str, Any] = {"format": "%Y-%m-%dT%H:%M", "attrs": {"type": "datetime-local"}}
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
FIELDS = ("title", "text", "opens_at", "closes_at", "draws_at", "public_source")


def moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=forms.DateTimeInput(**MOMENT), input_formats=FORMATS)


class DrawForm(Form):
    """Words and dates, in the congress's time."""

    title = LocalField(label=_("Title of the draw"), max_length=120)
    text = LocalField(label=_("What is to be known"), rows=3, max_length=2000, required=False)
    opens_at = moment(_("One enters from"))
    closes_at = moment(_("Entries close at"))
    draws_at = moment(_("Drawn at"))
    public_source = forms.CharField(
        label=_("Public source of chance, if you announce one"),
        help_text=_(
            "For example: the numbers of the Loto of 3 March. What it says is typed after the close and enters the draw."
        ),
        max_length=250,
        required=False,
    )

    @classmethod
    def of(cls, draw: Draw, typed: Any = None) -> DrawForm:
        return cls(typed, initial={name: getattr(draw, name) for name in FIELDS})

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        dates = [said.get(name) for name in ("opens_at", "closes_at", "draws_at")]
        if any(each is not None and not 2000 <= each.year < 2200 for each in dates):
            self.add_error("opens_at", _("This date is too far away."))
        elif all(dates):
            if not said["opens_at"] < said["closes_at"]:
                self.add_error("closes_at", _("After the opening."))
            elif said["draws_at"] < said["closes_at"]:
                self.add_error("draws_at", _("Not before the entries close."))
        return said


class RoomForm(Form):
    """So many rooms of one type, on each night of a span."""

    offer = forms.ChoiceField(label=_("Hotel and room"))
    start = DayField(label=_("First night"))
    last = DayField(label=_("Last night"))
    rooms = forms.IntegerField(label=_("Rooms a night"), min_value=1, max_value=2000)

    def __init__(self, *args: Any, congress: Congress, **kwargs: Any):
        super().__init__(*args, **kwargs)
        offers = [o for o in programme(congress).offers.values() if o.service.kind == "ROOM" and o.pool_id]
        self.offers = {str(offer.pk): offer for offer in offers}
        every: dict[str, Any] = self.fields
        every["offer"].choices = [(pk, f"{offer.service.supplier}, {offer}") for pk, offer in self.offers.items()]
        every["start"].initial, every["last"].initial = congress.starts, congress.ends - timedelta(days=2)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("start") and said.get("last"):
            nights = (said["last"] - said["start"]).days + 1
            if not 0 < nights <= 60:
                self.add_error("last", _("Between one night and sixty."))
        return said

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"start": said["start"], "end": said["last"] + timedelta(days=1), "rooms": said["rooms"]}


class WordForm(Form):
    """What the public source has said."""

    word = forms.CharField(label=_("What the public source said"), max_length=120)


class CancelForm(Form):
    """Why, in words that go to who entered."""

    why = forms.CharField(label=_("Reason, told to those who entered"), max_length=250, required=False)
