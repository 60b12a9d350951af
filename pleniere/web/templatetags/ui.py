"""What templates of every desk draw alike: icons, states, addresses that keep what was asked."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

register = template.Library()
SPRITE = Path(__file__).resolve().parent.parent / "static" / "img" / "icons.svg"

# One word, one shape and one colour per state, the same on every desk.
STATES: dict[str, tuple[str, str, Any]] = {
    # of a line
    "DRAFT": ("draft", "edit", _("Draft")),
    "HELD": ("held", "clock", _("Held")),
    "OPTION": ("option", "half", _("Option")),
    "FIRM": ("firm", "full", _("Firm")),
    "WAITING": ("waiting", "glass", _("Waiting")),
    "CANCELLED": ("cancelled", "cross", _("Cancelled")),
    # towards the supplier
    "NEW": ("new", "plus", _("New")),
    "AMENDED": ("amended", "delta", _("Amended")),
    "ACKNOWLEDGED": ("acknowledged", "check", _("Taken in")),
    # of a payer
    "DUE": ("due", "ring", _("To pay")),
    "PART": ("part", "half", _("Partly paid")),
    "PAID": ("paid", "full", _("Paid")),
    "OVERPAID": ("overpaid", "plus", _("Overpaid")),
    # of stock
    "FREE": ("free", "ring", _("Free")),
    "BOOKED": ("booked", "full", _("Booked")),
    "RELEASE": ("release", "back", _("Released")),
    # of a task
    "READY": ("ready", "check", _("Ready")),
    "LATE": ("late", "warn", _("Late")),
}


@cache
def symbols() -> dict[str, str]:
    return dict(re.findall(r'<symbol id="([^"]+)" viewBox="0 0 16 16">(.*?)</symbol>', SPRITE.read_text()))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite, inline; hidden from screen readers unless it is given a label."""
    if label:
        inner = mark_safe(symbols()[name])
        return format_html('<svg class="icon" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>', label, inner)
    return _drawing(name)


@cache
def _drawing(name: str) -> SafeString:
    return mark_safe(f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{symbols()[name]}</svg>')


@register.simple_tag
def sheets(names: str) -> SafeString:
    """Links to these style sheets, by their paths under `css/`: `{% sheets "tokens components/button" %}`."""
    return _links(names) if not settings.DEBUG else _links.__wrapped__(names)


@cache
def _links(names: str) -> SafeString:
    return mark_safe("\n".join(f'<link rel="stylesheet" href="{static(f"css/{name}.css")}">' for name in names.split()))


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """A bound field with its label, hint and error: `{% field form.name %}`."""
    if bound.is_hidden:
        return mark_safe(f"{bound}{bound.errors}")
    kind, error = bound.widget_type, _field_error(bound)
    hint = f'id="{bound.auto_id}_helptext">{conditional_escape(bound.help_text)}' if bound.help_text else ""
    if kind == "checkbox":
        small = f'<small class="hint" {hint}</small>' if hint else ""
        words = f'<span class="choice__text"><span>{conditional_escape(bound.label)}</span>{small}</span>'
        return mark_safe(f'<div class="field"><label class="choice">{bound}{words}</label>{error}</div>')
    label, hint = conditional_escape(bound.label), f'<span class="hint" {hint}</span>' if hint else ""
    if kind in ("radioselect", "checkboxselectmultiple", "local"):
        inside, css = (str(bound), "field local") if kind == "local" else (_choices(bound), "field")
        head = f'<fieldset class="{css}" id="{bound.auto_id}" tabindex="-1"><legend class="label">{label}</legend>'
        return mark_safe(f"{head}{hint}{inside}{error}</fieldset>")
    return mark_safe(f'<div class="field"><label for="{bound.id_for_label}">{label}</label>{hint}{bound}{error}</div>')


def _choices(bound: BoundField) -> str:
    words = '<label class="choice">{}<span class="choice__text">{}</span></label>'
    return "".join(words.format(option.tag(), conditional_escape(option.choice_label)) for option in bound)


def _field_error(bound: BoundField) -> str:
    if not bound.errors:
        return ""
    return f'<p class="field__error" id="{bound.auto_id}_error">{icon("warn")}{conditional_escape(str(bound.errors[0]))}</p>'


@register.simple_tag(takes_context=True)
def drawn(context: Context, keeper: Any, name: str, **facts: Any) -> SafeString:
    """The template `name` with these facts and nothing else, drawn once for each language and set of facts.

    What is drawn is kept in `keeper.drawn` and goes when the keeper does (a congress's programme: at its next version), so it may
    show nothing but its facts and what hangs on them under that version. No request, cart or token reaches it.
    """
    kept: dict[Any, SafeString] = keeper.drawn
    key = (get_language(), name, *facts.values())
    if key not in kept or settings.DEBUG:
        assert context.template is not None
        kept[key] = context.template.engine.get_template(name).render(Context(facts, use_l10n=context.use_l10n))
    return kept[key]


@register.simple_tag
def state(code: str, text: str = "") -> SafeString:
    """A state as a pill: its colour, its shape and its word (or `text`, for a word of its own)."""
    look, drawing, word = STATES[code]
    return pill(look, drawing, text or str(word))


@lru_cache(maxsize=500)
def pill(look: str, drawing: str, text: str) -> SafeString:
    return format_html('<span class="state is-{}">{}{}</span>', look, icon(drawing), text)


@register.simple_tag(takes_context=True)
def with_query(context: Any, **changes: Any) -> str:
    """The address of this page with these parameters changed (None: dropped); `page` begins anew unless it is given."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return "?" + query.urlencode() if query else "?"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, None where there is none."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.simple_tag
def stars(count: int | None) -> SafeString:
    """★★★, said as words to who cannot see them; nothing where there are none."""
    return _stars(count, get_language()) if count else SafeString("")


@lru_cache
def _stars(count: int, language: str | None) -> SafeString:
    words = ngettext("%(n)d star", "%(n)d stars", count) % {"n": count}
    return format_html('<span class="stars" role="img" aria-label="{}">{}</span>', words, "★" * count)


@register.simple_tag(takes_context=True)
def languages(context: Context) -> SafeString:
    """The other language: a form that leads back to this page."""
    token, request = context.get("csrf_token"), context.get("request")
    code, word = ("en", "English") if get_language() == "fr" else ("fr", "Français")
    secret = f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">' if token and token != "NOTPROVIDED" else ""
    here = conditional_escape(request.get_full_path()) if request else ""
    return mark_safe(
        f'<form class="languages" method="post" action="{_set_language()}">{secret}<input type="hidden" name="next" value="{here}">'
        f'<button class="linky" name="language" value="{code}" lang="{code}">{word}</button></form>'
    )


@cache
def _set_language() -> str:
    return reverse("set_language")


@register.simple_tag
def seller(house: Any, congress: Any) -> SafeString:
    """Who sells, whom to ask, and the law: a congress's own help comes before the bureau's."""
    phone, email, name = (getattr(congress, f"help_{part}", "") or getattr(house, part) for part in ("phone", "email", "name"))
    return _seller(get_language(), name, phone, email, house.opening_hours, *house.legal_lines())


@lru_cache(maxsize=200)
def _seller(language: str | None, name: str, phone: str, email: str, hours: str, *lines: str) -> SafeString:
    name, phone, email, hours, *lines = map(conditional_escape, (name, phone, email, hours, *lines))  # type: ignore[assignment]
    ways = f', <a href="tel:{phone}">{phone}</a>' if phone else ""
    ways += f', <a href="mailto:{email}">{email}</a>' if email else ""
    ask = f"{gettext('A question?')} {name}{ways}{f' ({hours})' if hours else ''}" if ways else ""
    return mark_safe(f'<p>{ask}</p>\n<p class="foot__law">{" ".join(lines)}</p>')
