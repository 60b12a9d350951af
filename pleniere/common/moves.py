"""States change by one conditional UPDATE: of two who try, one wins and the other learns it."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model


class IllegalMove(Exception):
    """The object is in a state from which the one asked for cannot be reached."""

    def __init__(self, subject: Model, state: str, to: str):
        super().__init__(f"{subject._meta.label} {subject.pk}: {state} → {to}")
        self.state, self.to = state, to


def move(subject: Model, to: str, moves: Mapping[Any, Collection[Any]], **facts: object) -> bool:
    """Bring `subject` to state `to`, writing `facts` beside it. True for who did it, False if it was there already.

    `moves` maps each state to those that may follow. Raises IllegalMove from any other state.
    """
    sources = [state for state, targets in moves.items() if to in targets]
    rows = type(subject)._base_manager.filter(pk=subject.pk)
    if rows.filter(state__in=sources).update(state=to, **facts):
        for name, value in {"state": to, **facts}.items():
            setattr(subject, name, value)
        return True
    state = rows.values_list("state", flat=True).get()
    if state == to:
        return False
    raise IllegalMove(subject, state, to)
