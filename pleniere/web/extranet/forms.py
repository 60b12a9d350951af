"""What a hotel types about its rooms on sale: so many of a type, from one night to another."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.accounts import files
from pleniere.allotment.reading import type_name
from pleniere.web.forms import DayField, Form, KeyField, MoneyField


class NightsForm(Form):
    """A type among those on sale, a first and a last night among theirs, a number of rooms."""

    room_type = forms.ChoiceField(label=gettext_lazy("Rooms"))
    first = forms.TypedChoiceField(label=gettext_lazy("From the night of"), coerce=date.fromisoformat)
    last = forms.TypedChoiceField(label=gettext_lazy("To the night of, included"), coerce=date.fromisoformat)
    rooms = forms.IntegerField(label=gettext_lazy("How many a night"), min_value=1, max_value=500)
    remark = forms.CharField(label=gettext_lazy("A word to the bureau"), max_length=500, required=False)
    key = KeyField()

    def __init__(self, *args: Any, types: dict[str, list[date]], today: date, **kwargs: Any):
        nights = sorted({night for found in types.values() for night in found if night >= today})
        choices = [(night.isoformat(), date_format(night, "l j F")) for night in nights]
        start = {"key": uuid.uuid4(), "last": choices[-1][0] if choices else ""}
        super().__init__(*args, initial=start, **kwargs)
        self.fields["room_type"].choices = [(code, type_name(code).capitalize()) for code in types]  # type: ignore[attr-defined]
        for name in ("first", "last"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        if facts.get("first") and facts.get("last") and facts["last"] < facts["first"]:
            self.add_error("last", _("The last night does not come before the first."))
        return facts


class GiveForm(NightsForm):
    """More rooms, at the agreed price or at another."""

    price = MoneyField(
        label=gettext_lazy("Price, if not the agreed one"),
        required=False,
        help_text=gettext_lazy("empty: the agreed price"),
    )
    field_order = ("room_type", "first", "last", "rooms", "price", "remark", "key")


class PaperForm(Form):
    """A contract or terms of the hotel."""

    file = forms.FileField(label=gettext_lazy("Your contract, your terms"))

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        try:
            return upload.name, files.check(upload, kinds=files.PROOF, most=10 * files.MEGABYTE)
        except files.BadFile as error:
            raise forms.ValidationError(str(error)) from error


class StopForm(Form):
    """No more sales of one night."""

    night = DayField()
    key = KeyField()
