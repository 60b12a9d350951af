"""The organiser's yes or no."""

from django import forms
from django.utils.translation import gettext_lazy

from pleniere.web.forms import Form, KeyField


class AcceptForm(Form):
    name = forms.CharField(
        label=gettext_lazy("Your first and last name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    function = forms.CharField(
        label=gettext_lazy("Your function"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization-title"})
    )
    may = forms.BooleanField(label=gettext_lazy("I have power to commit the organiser, and accept this quote as shown."))
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class RefuseForm(Form):
    why = forms.CharField(label=gettext_lazy("What should change?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    by_name = forms.CharField(label=gettext_lazy("Your name"), max_length=120, required=False)


class QuestionForm(Form):
    question = forms.CharField(label=gettext_lazy("Your question"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    key = KeyField()
