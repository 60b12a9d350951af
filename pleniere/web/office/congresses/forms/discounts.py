"""What is taken off, as it is typed. A condition beyond these boxes comes from a congress's file, and is kept as it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from pleniere.congress.models import Audience, Congress, Discount, Offer, Window
from pleniere.web.forms import Form, LocalField, MoneyField, RowsField


class DiscountForm(Form):
    name = LocalField(label=gettext_lazy("Name, as the client reads it"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("What is taken off"), choices=Discount.Kind.choices)
    percent = forms.DecimalField(label=gettext_lazy("Per cent"), required=False, max_digits=6, decimal_places=3)
    amount = MoneyField(label=gettext_lazy("Amount, VAT included (or the other price)"), required=False)
    nth = forms.IntegerField(label=gettext_lazy("Every how many"), required=False, min_value=2, max_value=1000)
    secret = forms.CharField(
        label=gettext_lazy("Code"), max_length=40, required=False, help_text=gettext_lazy("Empty: taken off by itself.")
    )
    offers = RowsField(
        label=gettext_lazy("On which offers"),
        queryset=Offer.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: on everything."),
    )
    audience = forms.ModelChoiceField(
        label=gettext_lazy("For"), queryset=Audience.objects.none(), required=False, empty_label="–"
    )
    least = forms.IntegerField(label=gettext_lazy("From how many participants"), required=False, min_value=1, max_value=10_000)
    window = forms.ModelChoiceField(
        label=gettext_lazy("In the period"), queryset=Window.objects.none(), required=False, empty_label="–"
    )
    quota = forms.IntegerField(label=gettext_lazy("How many times at most"), required=False, min_value=0, max_value=1_000_000)
    once_per_person = forms.BooleanField(label=gettext_lazy("Once per person"), required=False)

    def __init__(self, *args: Any, congress: Congress, discount: Discount | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        offers = congress.offers.filter(retired_at=None).select_related("service", "step").order_by("step__position", "position")
        rows = {"offers": offers, "audience": congress.audiences.all(), "window": congress.windows.all()}
        for name, queryset in rows.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        self.kept = discount.when if discount and _boxes(discount.when) is None else None
        if self.kept is not None:
            del self.fields["audience"], self.fields["least"]

    @staticmethod
    def of(discount: Discount) -> dict[str, Any]:
        plain = ("name", "kind", "percent", "amount", "nth", "secret", "window", "quota", "once_per_person")
        boxes = _boxes(discount.when) or {}
        audience = discount.congress.audiences.filter(code=boxes.get("audience", "")).first()
        return {
            **{name: getattr(discount, name) for name in plain},
            "percent": f"{discount.percent.normalize():f}" if discount.percent is not None else None,
            "offers": [offer.pk for offer in discount.offers.all()],
            "audience": audience,
            "least": boxes.get("delegates"),
        }

    def facts(self) -> dict[str, Any]:
        facts = dict(self.cleaned_data)
        audience, least = facts.pop("audience", None), facts.pop("least", None)
        leaves = [{"is": ["audience", "=", audience.code]}] if audience else []
        leaves += [{"is": ["delegates", ">=", least]}] if least else []
        when: dict[str, Any] = {"all": leaves} if len(leaves) > 1 else leaves[0] if leaves else {}
        return facts | {"when": self.kept if self.kept is not None else when}


def _boxes(when: dict[str, Any]) -> dict[str, Any] | None:
    """What the boxes say of this condition; None: more than they can."""
    leaves = when.get("all", [when]) if when else []
    found = {}
    for leaf in leaves:
        name, sign, value = leaf["is"] if set(leaf) == {"is"} else ("", "", "")
        if (name, sign) not in {("audience", "="), ("delegates", ">=")} or name in found:
            return None
        found[name] = value
    return found
