"""What the payout pages draw alike."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from pleniere.accounts.models import User
from pleniere.congress.models import Congress
from pleniere.payout.models import Payout
from pleniere.web.templatetags.ui import pill

State = Payout.State
LOOKS = {
    State.DRAFT: ("draft", "edit"),
    State.APPROVED: ("ready", "check"),
    State.FILED: ("part", "half"),
    State.SENT: ("waiting", "glass"),
    State.EXECUTED: ("paid", "full"),
    State.REJECTED: ("late", "warn"),
    State.RETURNED: ("late", "back"),
    State.DROPPED: ("cancelled", "cross"),
}


def state_pill(payout: Payout) -> SafeString:
    look, drawing = LOOKS[State(payout.state)]
    return pill(look, drawing, str(payout.get_state_display()))


def href(name: str, *args: Any) -> str:
    """The address of a page another noun keeps; "" where there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def who(request: HttpRequest) -> User:
    """The person signed in: the door lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def to_payout(congress: Congress, payout: Payout) -> str:
    return reverse("office-payout", args=[congress.code, payout.pk])
