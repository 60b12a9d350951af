"""One's own account: name, language; password and second factor are allauth's pages."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.accounts.actions import edit_profile
from pleniere.web.forms import Form

from ..door import StaffRequest, staff


class ProfileForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[("fr", "Français"), ("en", "English")])


@staff
@require_http_methods(["GET", "POST"])
def me(request: StaffRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if form.is_valid():
        edit_profile(user, **form.cleaned_data, by=user, at=timezone.now())
        messages.success(request, _("Saved."))
        response = redirect("office-me")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax")
        return response
    return render(request, "office/me/me.html", {"form": form}, status=422 if form.is_bound else 200)
