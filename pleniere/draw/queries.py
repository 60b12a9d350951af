"""Which draws a congress has announced: read once per version of it, for every public page asks. Readers only."""

from __future__ import annotations

from datetime import datetime

from pleniere.congress.programme import Programme

from .models import Draw


def announced(plan: Programme) -> list[Draw]:
    """Those the public may read, the next first; kept with the programme, whose version every change of a draw moves."""
    found: list[Draw] | None = plan.drawn.get(Draw)
    if found is None:
        found = plan.drawn[Draw] = list(Draw.objects.announced().filter(congress=plan.congress).order_by("draws_at"))
    return found


def open_draws(plan: Programme, at: datetime) -> list[Draw]:
    """Those one may enter now."""
    return [draw for draw in announced(plan) if draw.takes_entries(at)]
