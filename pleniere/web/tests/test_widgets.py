"""Widgets drawn by plain Python are Django's own to the letter; a field has its label, hint and error."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import Context, Template
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from django.utils.translation import override

from pleniere.web.widgets import DRAWN, PlainRenderer

NASTY = "<b>\"1\" & '2'</b>"


class Every(forms.Form):
    text = forms.CharField(
        initial=NASTY, help_text=NASTY, widget=forms.TextInput(attrs={"data-a": NASTY, "hidden": True, "off": False})
    )
    safe = forms.CharField(initial=mark_safe("<i>"))
    none = forms.CharField(required=False, label=NASTY)
    mail = forms.EmailField(initial="a@example.org")
    number = forms.IntegerField(initial=12_345, max_value=99_999)
    money = forms.DecimalField(initial=Decimal("1234.50"))
    day = forms.DateField(initial=date(2027, 4, 7))
    hidden = forms.CharField(widget=forms.HiddenInput, initial=0)
    tick = forms.BooleanField(initial=True, help_text="why")
    secret = forms.CharField(widget=forms.PasswordInput)
    area = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), initial=NASTY)
    empty = forms.CharField(widget=forms.Textarea)
    choice = forms.ChoiceField(choices=[("", "---"), (NASTY, NASTY), (3, lazystr("Yes")), (4, 12_345)], initial=3)
    grouped = forms.ChoiceField(choices=[("a", "A"), ("Group <1>", [("b", "B"), ("c", "C")])], initial="c")
    many = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], initial=["b"], widget=forms.SelectMultiple)
    radio = forms.ChoiceField(choices=[("a", NASTY), ("b", "B")], widget=forms.RadioSelect, initial="b")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("data", [None, {"text": NASTY, "number": "x", "choice": "zz", "tick": "on", "area": "\n\n"}])
def test_every_widget_is_drawn_as_django_draws_it(language, data):
    with override(language):
        ours, theirs = Every(data, renderer=PlainRenderer()), Every(data, renderer=DjangoTemplates())
        for name in ours.fields:
            assert str(ours[name]) == str(theirs[name]), name


def test_every_field_of_the_kinds_we_use_is_drawn_at_once():
    kinds = {Every.base_fields[name].widget.template_name for name in Every.base_fields} - {"django/forms/widgets/radio.html"}
    assert kinds <= DRAWN.keys()


def test_a_field_is_drawn_with_its_label_its_hint_and_its_first_error():
    form = Every({"text": "", "choice": "zz"})
    html = Template("{% for each in form %}{% field each %}{% endfor %}").render(Context({"form": form}))
    assert '<label for="id_text">Text</label><span class="hint" id="id_text_helptext">&lt;b&gt;&quot;1&quot; &amp;' in html
    assert NASTY not in html and 'aria-describedby="id_text_helptext id_text_error"' in html
    assert html.count('<p class="field__error" id="id_text_error">') == 1
    assert '<small class="hint" id="id_tick_helptext">why</small>' in html
    assert (
        '<fieldset class="field" id="id_radio" tabindex="-1"><legend class="label">Radio</legend><label class="choice"><input'
        in html
    )
    shim = Template('{% include "ui/field.html" with field=form.text only %}').render(Context({"form": form}))
    assert shim.strip() in html
