"""Form fields that every desk shares: money as people type it, days, texts per language, the key that makes a repeat harmless.

Plain Django forms; `Form` only gives the widgets the design's classes.
"""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import MOST
from pleniere.common.words import LocalText
from pleniere.web.typed import pk_of

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
_PLAIN = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput)


class Form(forms.Form):
    """A form whose widgets look like the design's."""

    use_required_attribute = False  # errors are ours to word, in the page's language
    label_suffix = ""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            for code, widget in zip(getattr(field.widget, "codes", ()), getattr(field.widget, "widgets", ()), strict=False):
                widget.attrs["aria-label"] = f"{field.label} ({code})"  # the fieldset's legend names them together only
            for widget in getattr(field.widget, "widgets", [field.widget]):
                if not isinstance(widget, _PLAIN):
                    widget.attrs["class"] = f"input {widget.attrs.get('class', '')}".strip()


class RowsField(forms.ModelMultipleChoiceField):
    """Rows that are ticked; a key that no row can bear is refused as one that none does, before a database is asked for it."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not pk_of(str(key)):
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": str(key)[:40]}
                )
        return super().clean(value)


class MoneyField(forms.DecimalField):
    """An amount: « 12,50 », "12.50", « 1 234,50 € » are all understood."""

    def __init__(self, *, min_value: Decimal | None = Decimal("0"), **kwargs: Any):
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "input--num", "autocomplete": "off"}))
        super().__init__(max_digits=12, decimal_places=2, min_value=min_value, max_value=MOST, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("€", "").replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        from django.utils.formats import number_format

        return number_format(value, 2, use_l10n=True, force_grouping=False) if isinstance(value, Decimal) else value


class DayField(forms.DateField):
    """A day, from the browser's own picker; years no congress has are refused."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y"], **kwargs)

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise ValidationError(_("Please check the year."), code="year")
        return day


class LocalWidget(forms.MultiWidget):
    """The same text once per language, each field saying its own."""

    template_name = "ui/local_widget.html"

    def __init__(self, *, rows: int = 0, attrs: dict[str, Any] | None = None):
        self.codes = [code for code, _name in settings.LANGUAGES]
        names = {"fr": "Français", "en": "English"}  # each in its own words, as `lang` says
        marks = [{"lang": code, "aria-label": names.get(code, code)} for code in self.codes]
        each = [forms.Textarea(attrs={"rows": rows, **mark}) if rows else forms.TextInput(attrs=mark) for mark in marks]
        super().__init__(dict(zip(self.codes, each, strict=True)), attrs)

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(code, "") for code in self.codes]


class LocalField(forms.MultiValueField):
    """Gives a LocalText. Required: in the bureau's own language."""

    def __init__(self, *, rows: int = 0, max_length: int = 4000, required: bool = True, **kwargs: Any):
        fields = [
            forms.CharField(required=required and code == settings.LANGUAGE_CODE, max_length=max_length)
            for code, _name in settings.LANGUAGES
        ]
        super().__init__(fields, widget=LocalWidget(rows=rows), require_all_fields=False, required=required, **kwargs)

    def compress(self, values: list[str]) -> LocalText:
        codes = [code for code, _name in settings.LANGUAGES]
        return LocalText({code: text for code, text in zip(codes, values or [], strict=False) if text})


class KeyField(forms.UUIDField):
    """A hidden key made with the page: the same form sent twice does its work once."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("widget", forms.HiddenInput)
        kwargs.setdefault("initial", uuid.uuid4)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        found = super().clean(value)
        return found.hex if found else uuid.uuid4().hex


def despite_field() -> forms.CharField:
    """Why an agent sells a stay that its hotel's rule forbids; empty: the rule is kept."""
    return forms.CharField(
        label=_("Against the hotel’s rule of stay, because"),
        required=False,
        max_length=200,
        help_text=_("Empty: the rule is kept. What you write stands in the booking’s history."),
    )


def key_of(text: str | None) -> str:
    """The key of a button that is a form by itself: a repeat is harmless; one that no page of ours made is made anew."""
    try:
        return uuid.UUID(text or "").hex
    except ValueError:
        return uuid.uuid4().hex


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, said at the fields of the form it names; the rest above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
