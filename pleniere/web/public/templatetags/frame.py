"""What stands round every page of the form, drawn by plain code: as templates they were an eighth of what an order costs."""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pleniere.common.templatetags.shown import colon
from pleniere.congress.models import Congress
from pleniere.registration.visit import Stage
from pleniere.web.templatetags.ui import icon

from ..door import Stop

register = template.Library()


@register.simple_tag
def steps(stops: Sequence[Stop], stage: Stage) -> SafeString:
    """The steps of the form: where one is, what is done, what asks for something, what is shut and why."""
    title = _("Steps of your registration")
    words = conditional_escape(_("Step %(n)s of %(count)s") % {"n": stage.number, "count": len(stops)})
    trail = "".join(f'<i class="{"here" if s.is_here else "done" if s.stage.is_done else ""}"></i>' for s in stops)
    return mark_safe(
        f'<nav class="steps" aria-label="{title}"><details><summary>'
        f"<span><strong>{conditional_escape(stage.title)}</strong></span>"
        f'<span class="muted row gap-s">{words} {icon("caret")}</span><span class="trail" aria-hidden="true">{trail}</span></summary>'
        f'<ol class="steps__list">{"".join(_stop(stop) for stop in stops)}</ol></details></nav>'
    )


def _stop(stop: Stop) -> str:
    stage, title = stop.stage, conditional_escape(stop.stage.title)
    mark, said = f'<span class="mark">{stage.number}</span>', _to_settle(stage)
    if stop.is_here:
        return f'<li><a href="{stop.url}" aria-current="step" title="{title}">{mark}<span>{title}{said}</span></a></li>'
    if stage.shut_by:
        why = conditional_escape(stage.shut_by)
        inside = f'{mark}<span>{title}<span class="sr"> ({why})</span></span>'
        return f'<li class="shut" title="{title}{colon()}{why}"><span>{inside}</span></li>'
    if stage.is_done:
        done = _("step done")
        inside = f'<span class="mark">{icon("check")}</span><span>{title}<span class="sr"> ({done})</span></span>'
        return f'<li class="done"><a href="{stop.url}" title="{title}">{inside}</a></li>'
    return f'<li><a href="{stop.url}" title="{title}">{mark}<span>{title}{said}</span></a></li>'


def _to_settle(stage: Stage) -> str:
    if not stage.problems:
        return ""
    words = ngettext("%(n)s point to settle", "%(n)s points to settle", len(stage.problems))
    return f"<small>{words % {'n': len(stage.problems)}}</small>"


@register.simple_tag
def law(congress: Congress | None) -> SafeString:
    """The pages that the law wants within reach of every page."""
    return _law(get_language() or "", congress.code if congress else "")


@lru_cache(maxsize=500)
def _law(language: str, code: str) -> SafeString:
    pages: list[tuple[str, list[str], str]] = [("public-accessibility", [], _("Accessibility: partially compliant"))]
    if code:
        pages = [("public-terms", [code], _("Terms of sale")), ("public-privacy", [code], _("Personal data")), *pages]
    return mark_safe("".join(f'<a href="{reverse(name, args=args)}">{words}</a>' for name, args, words in pages))
