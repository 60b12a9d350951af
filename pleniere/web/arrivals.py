"""How people come into the house for the first time: whoever founds it, and whoever is invited."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.views import login as allauth_login
from django import forms
from django.contrib.auth import login
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pleniere.accounts.actions import AlreadyFounded, set_password
from pleniere.accounts.models import Bureau, User
from pleniere.catalogue.actions.founding import found_house
from pleniere.congress.actions.people import read_invitation

from .forms import Form

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class _PasswordForm(Form):
    """A password typed twice, as good as the house asks."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The same again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or {}
        password = facts.get("password")
        if password and facts.get("again") and facts["again"] != password:
            self.add_error("again", _("These two are not the same."))
        if password:
            user = self.user or User(email=facts.get("email", ""), name=facts.get("name", ""))
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.add_error("password", error)
        return facts


class FoundingForm(_PasswordForm):
    """The bureau and its first administrator."""

    bureau = forms.CharField(
        label=gettext_lazy("Name of the bureau"),
        max_length=120,
        help_text=gettext_lazy("As your clients know it. The rest of its identity is asked in the settings."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=Bureau.Kind.choices,
        help_text=gettext_lazy("Decides the chart of accounts; can be changed until the first entry."),
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    field_order = ("bureau", "kind", "name", "email", "password", "again")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Where there is nobody yet, whoever comes first founds the bureau; then this page is no more."""
    if User.objects.exists():
        raise Http404
    form = FoundingForm(request.POST or None)
    if form.is_valid():
        facts = form.cleaned_data
        who = {name: facts[name] for name in ("email", "name", "password")}
        bureau = {"name": facts["bureau"], "kind": facts["kind"]}
        try:
            _bureau, user = found_house(bureau, **who, at=timezone.now(), language=(get_language() or "fr")[:2])
        except AlreadyFounded:
            raise Http404 from None
        login(request, user, backend=BACKEND)
        return redirect("home")
    return render(request, "arrivals/start.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door of every desk; where nobody can have a key yet, the founding."""
    if not User.objects.exists():
        return redirect("start")
    return cast(HttpResponse, allauth_login(request))


class InvitationForm(_PasswordForm):
    """Who was invited chooses a password."""


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password, and be at one's desk. A GET uses nothing up; a used or old invitation says so."""
    user = read_invitation(token)
    if user is None:
        return render(request, "arrivals/invitation_ended.html", status=410)
    form = InvitationForm(request.POST or None, user=user)
    if form.is_valid():
        set_password(user, form.cleaned_data["password"], at=timezone.now())
        login(request, user, backend=BACKEND)
        return redirect("home")
    facts = {"form": form, "invited": user, "house": Bureau.objects.filter(pk=1).first()}
    return render(request, "arrivals/invitation.html", facts, status=422 if form.is_bound else 200)
