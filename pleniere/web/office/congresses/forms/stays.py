"""A rule of stay."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.catalogue.models import Service
from pleniere.congress.models import Congress, Offer, StayRule
from pleniere.congress.models.stays import LONGEST
from pleniere.web.forms import DayField, Form


class StayRuleForm(Form):
    """Of which hotel or room type, on which days, and what holds then."""

    scope = forms.ChoiceField(
        label=gettext_lazy("For"),
        required=False,
        help_text=gettext_lazy("For the same day a room type’s rule replaces its hotel’s, and a hotel’s that of all."),
    )
    night_from = DayField(label=gettext_lazy("From the day"), required=False)
    night_until = DayField(
        label=gettext_lazy("Until, not included"), required=False, help_text=gettext_lazy("Both empty: always.")
    )
    least = forms.IntegerField(
        label=gettext_lazy("Nights at least, for who arrives then"), min_value=1, max_value=LONGEST, initial=1
    )
    no_arrival = forms.BooleanField(label=gettext_lazy("Nobody arrives on these days"), required=False)
    no_departure = forms.BooleanField(label=gettext_lazy("Nobody leaves on these days"), required=False)
    is_shoulder = forms.BooleanField(
        label=gettext_lazy("Sold only with other nights"),
        required=False,
        help_text=gettext_lazy(
            "For nights around the congress: a stay of nothing but these is not sold. Their price and their rooms are set night by night."
        ),
    )

    def __init__(self, *args: Any, congress: Congress, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offers = rooms_of(congress)
        hotels = {offer.service.supplier_id: offer.service.supplier for offer in self.offers}
        self.hotels = hotels
        self.fields["scope"].choices = [  # type: ignore[attr-defined]
            ("", _("Every hotel")),
            (_("A hotel"), [(f"h{pk}", str(hotel)) for pk, hotel in hotels.items()]),
            (_("A room type"), [(f"r{offer.pk}", f"{offer.service.supplier}, {offer}") for offer in self.offers]),
        ]

    @staticmethod
    def of(rule: StayRule) -> dict[str, Any]:
        scope = f"r{rule.offer_id}" if rule.offer_id else f"h{rule.supplier_id}" if rule.supplier_id else ""
        return {name: getattr(rule, name) for name in StayRuleForm.base_fields if name != "scope"} | {"scope": scope}

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        said = dict(self.cleaned_data)
        scope = said.pop("scope")
        said["supplier"] = self.hotels.get(int(scope[1:])) if scope.startswith("h") else None
        said["offer"] = next((offer for offer in self.offers if f"r{offer.pk}" == scope), None)
        return said


def rooms_of(congress: Congress) -> list[Offer]:
    """What rooms the congress sells."""
    rooms = congress.offers.filter(retired_at=None, service__kind=Service.Kind.ROOM)
    return list(rooms.select_related("service__supplier", "pool").order_by("service__supplier__name", "position", "pk"))
