"""Django's widgets drawn by plain Python, to the letter of its own templates.

A page of our forms draws some thirty fields; through templates each costs a tenth of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.template.base import render_value_in_context
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]


class PlainRenderer(DjangoTemplates):
    """Inputs, selects and text areas at once; every other template as Django does."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        draw = DRAWN.get(template_name)
        return mark_safe(draw(context["widget"]).strip()) if draw else super().render(template_name, context, request)


def _text(value: Any) -> str:
    """As `{{ value|stringformat:'s' }}`."""
    return value if isinstance(value, SafeString) else escape(str(value))


def _attributes(found: Mapping[str, Any]) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in found.items()
        if value is not False
    )


def _shown(value: Any) -> str:
    """As `{{ value }}`: numbers and days in the reader's way."""
    return _text(value) if isinstance(value, str) else str(render_value_in_context(value, Context()))


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}{_attributes(widget["attrs"])}>'


def _area(widget: Widget) -> str:
    value = _shown(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>\n{value}</textarea>'


def _select(widget: Widget) -> str:
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    return f'<select name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>{groups}\n</select>'


def _group(name: Any, options: Iterable[Widget]) -> str:
    drawn = "".join(
        f'\n  <option value="{_text(option["value"])}"{_attributes(option["attrs"])}>{_shown(option["label"])}</option>\n'
        for option in options
    )
    return f'\n  <optgroup label="{_shown(name)}">{drawn}\n  </optgroup>' if name else drawn


HERE = "django/forms/widgets"
DRAWN: dict[str, Callable[[Widget], str]] = {
    **dict.fromkeys(
        [f"{HERE}/{name}.html" for name in ("text", "email", "number", "hidden", "password", "search", "url", "tel", "date")],
        _input,
    ),
    f"{HERE}/checkbox.html": _input,
    f"{HERE}/textarea.html": _area,
    f"{HERE}/select.html": _select,
}
