"""The office's frame."""

from typing import Any

from django import template

from pleniere.accounts.rights import can

from .. import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: Any, verb: str) -> bool:
    """Whether who is signed in may do this in the bureau: a door that would not open is not shown."""
    return can(context.request.user, verb)


@register.simple_tag(takes_context=True)
def side_bar(context: Any) -> list[Any]:
    """The sections of the side bar for who is signed in, around the `congress` of the page if there is one.

    A page whose address lies elsewhere says with `here` (a URL's name) which entry it belongs to.
    """
    request = context["request"]
    return list(navigation.sections(request.user, context.get("congress"), request.path, context.get("here", "")))
