"""allauth as this house uses it: nobody signs up by themselves, and its mails go through the outbox like all others."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm as AccountLoginForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pleniere.common.crypt import seal, unseal
from pleniere.messaging import outbox


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited by an administrator."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        letter = self.render_mail(template_prefix, email, context)
        words = {"title": letter.subject, "words": str(letter.body)}
        outbox.queue(
            "web/account", to=email, key=f"account:{uuid.uuid4().hex}", language=get_language() or "fr", secret=True, **words
        )

    def clean_email(self, email: str) -> str:
        return str(super().clean_email(email.strip().lower()))


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are sealed at rest."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)


class LoginForm(AccountLoginForm):  # type: ignore[misc]
    """The house's own words, and no placeholder that vanishes as one types."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].widget.attrs["class"] = "input"
