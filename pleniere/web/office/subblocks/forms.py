"""A sub-block as typed: its names and code, its contact, when what is unsold goes back; rooms by night; a price of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Client
from pleniere.congress.models import Audience, Congress
from pleniere.subblock.actions.making import Contact, StepFacts
from pleniere.subblock.models import SubBlock
from pleniere.web.forms import DayField, Form, KeyField, LocalField, MoneyField, RowsField

SHORT = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9-]*$", _("Letters, digits and hyphens only."))


class SubBlockForm(Form):
    """Made and edited by the same fields; what bookings name (the short name, whom its guests pay as) stays once made."""

    name = LocalField(label=_("Name"), max_length=80)
    code = forms.CharField(
        label=_("Short name"), max_length=20, validators=[SHORT], help_text=_("letters and digits, for addresses and lists")
    )
    purpose = forms.CharField(label=_("Who it is for"), max_length=160, required=False)
    secret = forms.CharField(
        label=_("Code that opens it"), min_length=4, max_length=40, help_text=_("its guests type it when they register")
    )
    pays_as = forms.ModelChoiceField(
        label=_("Its guests pay as"),
        queryset=Audience.objects.none(),
        help_text=_("and may take what is reserved to these"),
        empty_label=None,
    )
    also = RowsField(
        label=_("Open too, without its code, to"),
        queryset=Audience.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    contact_name = forms.CharField(label=_("Contact"), max_length=120)
    contact_email = forms.EmailField(label=_("Contact’s e-mail"), max_length=254)
    language = forms.ChoiceField(label=_("Language of the contact"), choices=[("fr", "Français"), ("en", "English")])
    first_on = DayField(label=_("A first share goes back on"), required=False)
    first_percent = forms.DecimalField(
        label=_("Share of what is unsold, %"), min_value=1, max_value=100, max_digits=5, decimal_places=2, required=False
    )
    last_on = DayField(
        label=_("All that is unsold goes back on"), required=False, help_text=_("by the worker, that morning; none: by hand")
    )

    def __init__(self, *args: Any, congress: Congress, block: SubBlock | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.block = block
        whom: Any = self.fields["pays_as"]
        whom.queryset = congress.audiences.filter(kind=Audience.Kind.DELEGATE).exclude(proof=Audience.Proof.CODE)
        others: Any = self.fields["also"]
        others.queryset = congress.audiences.exclude(proof=Audience.Proof.NONE)
        if block is not None:
            del self.fields["code"], self.fields["pays_as"]
            others.queryset = others.queryset.exclude(pk=block.audience_id)
        if not others.queryset.exists():
            del self.fields["also"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("first_on") and not said.get("first_percent"):
            self.add_error("first_percent", _("Which share?"))
        if said.get("first_on") and said.get("last_on") and said["first_on"] >= said["last_on"]:
            self.add_error("last_on", _("After the first share."))
        return said

    @property
    def contact(self) -> Contact:
        said = self.cleaned_data
        client = Client.objects.filter(email__iexact=said["contact_email"], kind=Client.Kind.COMPANY).first()
        return Contact(said["contact_name"], said["contact_email"], said["language"], client)

    @property
    def steps(self) -> list[StepFacts]:
        said = self.cleaned_data
        first = [StepFacts(said["first_on"], said["first_percent"])] if said.get("first_on") else []
        return [*first, *([StepFacts(said["last_on"])] if said.get("last_on") else [])]

    @classmethod
    def words_of(cls, block: SubBlock) -> dict[str, Any]:
        """What stands, for the fields."""
        steps = [step for step in block.steps.all() if step.done_at is None]
        first = next((step for step in steps if step.percent < 100), None)
        last = next((step for step in steps if step.percent == 100), None)
        names = ("purpose", "contact_name", "contact_email", "language")
        return {
            **{name: getattr(block, name) for name in names},
            "name": block.pool.name,
            "secret": block.audience.secret,
            "also": list(block.also.values_list("pk", flat=True)),
            "first_on": first and first.on,
            "first_percent": first and first.percent,
            "last_on": last and last.on,
        }


class PriceForm(Form):
    """What its guests pay a night by one formula; nothing typed: as everybody."""

    amount = MoneyField(label=_("Price a night, VAT included"), required=False)


class ReturnForm(Form):
    key = KeyField()
    reason = forms.CharField(label=_("Reason, for the history"), max_length=250, required=False)
