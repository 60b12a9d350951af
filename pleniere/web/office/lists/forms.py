"""What the pages of lists read: what a list shows, who takes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Line
from pleniere.catalogue.models import Supplier
from pleniere.congress.models import Congress, Offer
from pleniere.lists.models import ListDefinition
from pleniere.web.forms import DayField, Form, KeyField
from pleniere.web.tables import FilterForm

NONE = [("", "–")]


class ListsFilter(FilterForm):
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *ListDefinition.Kind.choices])

    def apply(self, rows: Any, facts: dict[str, Any]) -> Any:
        return rows.filter(kind=facts["kind"]) if facts.get("kind") else rows


class ListForm(Form):
    kind = forms.ChoiceField(label=_("Kind of list"), choices=ListDefinition.Kind.choices)
    name = forms.CharField(label=_("Name"), max_length=160)
    supplier = forms.ModelChoiceField(
        label=_("Supplier"),
        queryset=Supplier.objects.none(),
        required=False,
        empty_label="–",
        help_text=_("For a rooming list, the hotel; for a list of services, the caterer or guide."),
    )
    offer = forms.ModelChoiceField(
        label=_("Meal, visit or evening"), queryset=Offer.objects.none(), required=False, empty_label=_("all of this supplier’s")
    )
    night_from = DayField(label=_("Stays from"), required=False)
    night_until = DayField(label=_("until"), required=False)
    shows_phone = forms.BooleanField(
        label=_("Show phone numbers"), required=False, help_text=_("Only if the recipient needs to call people.")
    )
    for_organiser = forms.BooleanField(label=_("The organiser reads it on its desk"), required=False)

    def __init__(self, congress: Congress, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        sold = Line.objects.filter(congress=congress).values("offer__service__supplier")
        offered = Offer.objects.filter(congress=congress).select_related("service")
        suppliers, offers = self.fields["supplier"], self.fields["offer"]
        assert isinstance(suppliers, forms.ModelChoiceField) and isinstance(offers, forms.ModelChoiceField)
        known = Q(pk__in=sold) | Q(pk__in=offered.order_by().values("service__supplier"))
        suppliers.queryset = Supplier.objects.filter(known).order_by("name")
        offers.queryset = offered.exclude(service__kind__in=["ROOM", "FEE"]).order_by("starts", "position", "pk")


class RecipientForm(Form):
    to = forms.EmailField(label=_("E-mail"), max_length=254)
    weekday = forms.TypedChoiceField(
        label=_("Sent by itself"),
        required=False,
        empty_value=None,
        coerce=int,
        choices=[("", _("no, by hand only")), *((str(n), name) for n, name in WEEKDAYS.items())],
        help_text=_("at 08:00 where the congress is, once a week"),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class SendForm(Form):
    key = KeyField()
