"""What the payout pages read: the selection, what of it is paid, the file, what the bank made of each line."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pleniere.accounts.models import User
from pleniere.booking.models import Booking
from pleniere.catalogue.models import Supplier
from pleniere.common import shown
from pleniere.congress.models import Congress
from pleniere.payout import sepa
from pleniere.payout.models import Payout
from pleniere.payout.queries import Selection, SupplierRow
from pleniere.web.forms import DayField, Form, KeyField, MoneyField
from pleniere.web.tables import FilterForm

ANY = [("", _("all"))]


class SelectionForm(Form):
    """The filters of what is owed: dates, kind of supplier, mode of payment. What is not understood filters nothing, and says so."""

    by = forms.ChoiceField(
        label=_("Bookings by the date"),
        required=False,
        initial="START",
        widget=forms.RadioSelect,
        choices=[
            ("START", _("the stay begins")),
            ("END", _("the stay ends")),
            ("ORDER", _("of the order")),
            ("CONFIRMATION", _("of the confirmation")),
        ],
    )
    since = DayField(label=_("From"), required=False)
    until = DayField(label=pgettext_lazy("last day", "To"), required=False)
    supplier_kind = forms.ChoiceField(label=_("Supplier type"), required=False)
    supplier = forms.ChoiceField(label=_("Supplier"), required=False)
    collected = forms.MultipleChoiceField(
        label=_("Collected from the client"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("DEPOSIT", _("the deposit")), ("BALANCE", _("the balance"))],
    )
    seller = forms.ChoiceField(label=_("Seller"), required=False)
    kind = forms.ChoiceField(
        label=_("Bookings"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("", _("all")),
            ("SINGLE", _("of a single service")),
            ("SEVERAL", _("of several services")),
            ("TOURING", _("touring stays")),
        ],
    )

    def __init__(self, congress: Congress, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.congress = congress
        suppliers = Supplier.objects.filter(charges__congress=congress).exclude(kind=Supplier.Kind.HOUSE).distinct()
        sellers = User.objects.filter(pk__in=Booking.objects.filter(congress=congress).values("seller")).order_by("name")
        self._choose("supplier_kind", [each for each in Supplier.Kind.choices if each[0] != Supplier.Kind.HOUSE])
        self._choose("supplier", [(str(pk), name) for pk, name in suppliers.order_by("name").values_list("pk", "name")])
        self._choose("seller", [(str(user.pk), str(user)) for user in sellers])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*ANY, *choices]

    def selection(self) -> Selection:
        facts = self.cleaned_data if self.is_bound and (self.is_valid() or True) else {}
        return Selection(
            self.congress,
            by=facts.get("by") or "START",
            since=facts.get("since"),
            until=facts.get("until"),
            supplier_kind=facts.get("supplier_kind") or "",
            supplier=int(facts["supplier"]) if facts.get("supplier") else None,
            collected=frozenset(facts.get("collected") or ()),
            seller=int(facts["seller"]) if facts.get("seller") else None,
            kind=facts.get("kind") or "",
        )


class PrepareForm(Form):
    """Which suppliers are paid, how much of what is payable, by transfer or cheque."""

    mode = forms.ChoiceField(
        label=_("Paid by"), choices=Payout.Kind.choices, initial=Payout.Kind.TRANSFER, widget=forms.RadioSelect
    )
    key = KeyField(required=False)

    def __init__(self, rows: Iterable[SupplierRow], *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rows = {row.supplier.pk: row for row in rows if row.positive}
        for pk, row in self.rows.items():
            words = {"supplier": row.supplier}
            self.fields[f"pay-{pk}"] = forms.BooleanField(
                required=False, initial=not row.problem, label=_("Pay %(supplier)s") % words
            )
            self.fields[f"amount-{pk}"] = MoneyField(
                required=False, initial=row.payable, label=_("Amount for %(supplier)s, in euros") % words
            )
            self.fields[f"code-{pk}"] = forms.CharField(
                required=False, max_length=20, initial=row.operator_code, label=_("Operator code for %(supplier)s") % words
            )
            self.fields[f"amount-{pk}"].widget.attrs.update({"class": "input input--num", "inputmode": "decimal"})
            self.fields[f"code-{pk}"].widget.attrs["class"] = "input code"
            self.fields[f"pay-{pk}"].widget.attrs["class"] = "tick"
            for name in ("pay", "amount", "code"):
                self.fields[f"{name}-{pk}"].widget.attrs["aria-label"] = self.fields[f"{name}-{pk}"].label

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        for pk in self.chosen:
            amount = facts.get(f"amount-{pk}")
            if amount is not None and amount > self.rows[pk].payable:
                most = shown.money(self.rows[pk].payable)
                self.add_error(f"amount-{pk}", _("No more than %(most)s is payable now.") % {"most": most})
        if self.rows and not self.chosen:
            self.add_error(None, _("Choose at least one supplier."))
        return facts

    @property
    def chosen(self) -> list[int]:
        return [pk for pk in self.rows if self.cleaned_data.get(f"pay-{pk}")]

    @property
    def most(self) -> dict[int, Decimal]:
        amounts = {pk: self.cleaned_data.get(f"amount-{pk}") for pk in self.chosen}
        return {pk: amount for pk, amount in amounts.items() if amount is not None}

    @property
    def codes(self) -> dict[int, str]:
        return {pk: self.cleaned_data.get(f"code-{pk}", "") for pk in self.chosen}


class MadeFilter(FilterForm):
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*ANY, *Payout.State.choices])
    kind = forms.ChoiceField(label=_("Paid by"), required=False, choices=[*ANY, *Payout.Kind.choices])
    since = DayField(label=_("Made from"), required=False)
    until = DayField(label=_("to"), required=False)

    def apply(self, rows: Any, facts: dict[str, Any]) -> Any:
        if facts.get("state"):
            rows = rows.filter(state=facts["state"])
        if facts.get("kind"):
            rows = rows.filter(kind=facts["kind"])
        if facts.get("since"):
            rows = rows.filter(made_at__date__gte=facts["since"])
        if facts.get("until"):
            rows = rows.filter(made_at__date__lte=facts["until"])
        return rows


class FileForm(Form):
    on = DayField(label=_("To be executed on"))
    version = forms.ChoiceField(
        label=_("Format"), choices=[(sepa.V09, sepa.V09), (sepa.V03, sepa.V03)], help_text=_(".03 only if the bank asks for it.")
    )
    one_debit = forms.BooleanField(label=_("One debit of the whole on the statement"), required=False, initial=True)


class WhyForm(Form):
    on = DayField(label=_("On"), required=False)
    why = forms.CharField(label=_("Reason"), max_length=250, required=False)


class ChequeForm(Form):
    number = forms.CharField(label=_("Number of the cheque"), max_length=20)


class LinesForm(Form):
    """What the bank made of each line of a file."""

    on = DayField(label=_("Executed on"))

    def __init__(self, payouts: Iterable[Payout], *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.payouts = [payout for payout in payouts if payout.state == Payout.State.SENT]
        words = [
            ("", "–"),
            ("EXECUTED", pgettext_lazy("of a payout", "executed")),
            ("REJECTED", pgettext_lazy("of a payout", "rejected")),
        ]
        for payout in self.payouts:
            label = _("What the bank made of the payout to %(payee)s") % {"payee": payout.payee}
            why = _("Reason of the rejection for %(payee)s") % {"payee": payout.payee}
            self.fields[f"what-{payout.pk}"] = forms.ChoiceField(choices=words, required=False, label=label)
            self.fields[f"why-{payout.pk}"] = forms.CharField(required=False, max_length=250, label=why)
            for name, said in (("what", label), ("why", why)):
                self.fields[f"{name}-{payout.pk}"].widget.attrs.update({"class": "input", "aria-label": said})

    def said(self) -> Iterable[tuple[Payout, str, str]]:
        for payout in self.payouts:
            what = self.cleaned_data.get(f"what-{payout.pk}")
            if what:
                yield payout, what, self.cleaned_data.get(f"why-{payout.pk}", "")


class RefundForm(Form):
    amount = MoneyField(label=_("Amount"))
    holder = forms.CharField(label=_("Account holder"), max_length=70)
    iban = forms.CharField(label=_("IBAN"), max_length=50)
    bic = forms.CharField(label=_("BIC"), max_length=11, required=False)
    key = KeyField()


class TaxForm(Form):
    to = forms.ChoiceField(label=_("Handed on to"), required=False, help_text=_("each hotel, or the town that collects it"))
    mode = forms.ChoiceField(label=_("Paid by"), choices=Payout.Kind.choices, initial=Payout.Kind.TRANSFER)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        towns = Supplier.objects.offered().filter(kind=Supplier.Kind.OTHER).order_by("name").values_list("pk", "name")[:500]
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("each hotel")), *((str(pk), name) for pk, name in towns)]
