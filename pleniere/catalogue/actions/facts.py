"""What every edit of the catalogue shares: the fields before and after, said once in the trace."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models


class Facts:
    """Fields of a row as JSON can hold them."""

    @staticmethod
    def of(row: models.Model, fields: tuple[str, ...]) -> dict[str, Any]:
        return {name: _plain(getattr(row, name)) for name in fields}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return dict(value)
    return value.pk if isinstance(value, models.Model) else value


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, as it was and as it is."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before[name] for name in names if name in before}, {name: after[name] for name in names}


def check(row: models.Model) -> None:
    """All that the model itself forbids (lengths, choices, codes taken twice), as a ValidationError by field."""
    row.full_clean()
