"""A thing to do, a section of them, and what the sections share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.urls import reverse

from pleniere.accounts.models import User
from pleniere.congress.models import Congress

SOON = timedelta(days=3)
WEEK = timedelta(days=7)
FORTNIGHT = timedelta(days=14)


@dataclass(frozen=True)
class Item:
    """One thing to do: what, why, by when, where."""

    text: str
    note: str = ""
    due: str = ""
    url: str = ""
    look: str = ""  # late, option, new: the colour of its state


@dataclass
class Section:
    title: str
    icon: str
    items: list[Item] = field(default_factory=list)
    count: int = 0
    url: str = ""  # the desk's own page of all of them, where there is one
    is_hot: bool = False


def staffed(user: User) -> Any:
    return Congress.objects.staffed_by(user).order_by().values("pk")


def url(name: str, *args: Any) -> str:
    return reverse(name, args=args)
