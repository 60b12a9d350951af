"""Whom to ask: the filters over the A–Z list of suppliers, and the groups the bureau keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.allotment import response
from pleniere.allotment.actions.asking import ASKED_KINDS
from pleniere.catalogue.models import Supplier, SupplierGroup, SupplierQuerySet
from pleniere.common.words import fold
from pleniere.congress.models import Congress
from pleniere.web.forms import Form
from pleniere.web.typed import pk_of

from ..suppliers.forms import AMENITIES

NEVER = "NEVER"


class RecipientFilter(Form):
    """Which suppliers the A–Z list offers."""

    kind = forms.ChoiceField(
        label=_("Type"), required=False, choices=[("", _("all lodgings")), *((k.value, k.label) for k in ASKED_KINDS)]
    )
    stars = forms.TypedChoiceField(
        label=_("Stars"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("all")), *((n, "★" * n + " +") for n in range(1, 6))],
    )
    km = forms.TypedChoiceField(
        label=_("From the venue"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("any distance")), *((n, f"≤ {n} km") for n in (1, 2, 5, 10, 20, 50))],
    )
    rooms = forms.IntegerField(label=_("Rooms, at least"), required=False, min_value=1, max_value=9_999)
    answers = forms.ChoiceField(
        label=_("Answers"),
        required=False,
        choices=[
            ("", _("all")),
            ("50", _("one time in two at least")),
            ("75", _("three times in four at least")),
            ("100", _("every time")),
            (NEVER, _("never asked yet")),
        ],
    )
    group = forms.ChoiceField(label=_("Group"), required=False)
    q = forms.CharField(label=_("Name, code, town or postcode"), required=False, max_length=100)
    amenities = forms.MultipleChoiceField(
        label=_("Amenities"), required=False, choices=AMENITIES, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, congress: Congress, at: datetime, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.congress, self.at = congress, at
        groups = [(str(pk), name) for pk, name in SupplierGroup.objects.values_list("pk", "name")]
        self.fields["group"].choices = [("", _("all")), *groups]  # type: ignore[attr-defined]
        if congress.venue_latitude is None or congress.venue_longitude is None:
            del self.fields["km"]  # without the venue's place there is no distance
        self.is_valid()
        self.facts = {name: value for name, value in self.cleaned_data.items() if value}

    def rows(self) -> SupplierQuerySet:
        """Suppliers that may be asked, as filtered; a retired one is never offered. What cannot be filtered by is passed over."""
        found = Supplier.objects.offered().filter(kind__in=[kind.value for kind in ASKED_KINDS])
        if kind := self.facts.get("kind"):
            found = found.filter(kind=kind)
        if stars := self.facts.get("stars"):
            found = found.filter(stars__gte=stars)
        if rooms := self.facts.get("rooms"):
            found = found.filter(rooms__gte=rooms)
        for word in fold(self.facts.get("q", "").replace("\x00", "")).split()[:6]:
            found = found.filter(search__contains=word)
        return self._further(found)

    def _further(self, found: SupplierQuerySet) -> SupplierQuerySet:
        place = self.congress
        if km := self.facts.get("km"):
            found = found.within(km, place.venue_latitude, place.venue_longitude)  # type: ignore[arg-type]
        if amenities := self.facts.get("amenities"):
            found = found.having(amenities)
        if group := self.facts.get("group"):
            found = found.filter(groups=pk_of(group))
        answers = self.facts.get("answers")
        if answers == NEVER:
            found = found.exclude(pk__in=response.asked(at=self.at))
        elif answers:
            found = found.filter(pk__in=response.answering(int(answers), at=self.at))
        return found

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What is filtered by, as an address holds it."""
        found = []
        for name, value in self.facts.items():
            found += [(name, str(each)) for each in (value if isinstance(value, list) else [value])]
        return found
