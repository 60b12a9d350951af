"""Rows of other tables read in the same statement as what they belong to: one way to the database, and one moment in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from django.db import models
from django.db.models import Func

M = TypeVar("M", bound=models.Model)
FUNCTIONS = {  # by database: what makes an array of a row's columns, and an array of rows
    "postgresql": ("jsonb_build_array", "jsonb_agg"),
    "sqlite": ("json_array", "json_group_array"),
}


class Rows(Func):
    """An annotation: the rows of `model` that belong to `of` (else the outer row's key). `objects` makes objects of its value again.

    `where` is SQL, `%(expressions)s` in it that key. Only `names` are read (none: every column); others are asked for when they
    are needed, as after `only`. The order is not kept.
    """

    def __init__(self, model: type[models.Model], where: str, *names: str, of: Any = "pk"):
        self.model, self.where, self.names = model, where, names
        super().__init__(of, output_field=models.TextField())

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        row, rows = FUNCTIONS[connection.vendor]
        columns = ", ".join(f'r."{field.column}"' for field in _fields(self.model, self.names))
        template = f'(SELECT {rows}({row}({columns})) FROM "{self.model._meta.db_table}" r WHERE r.{self.where})'
        return super().as_sql(compiler, connection, template=template)


@cache
def _fields(model: type[models.Model], names: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not names or field.attname in names]


def objects(model: type[M], value: str | None, *names: str) -> list[M]:
    """The objects of what `Rows` read of this model, under the same names."""
    fields = _fields(model, names)
    attnames, readers = [field.attname for field in fields], [_reader(field) for field in fields]
    rows = json.loads(value or "[]", parse_float=Decimal)
    return [
        model.from_db("default", attnames, [None if x is None else read(x) for read, x in zip(readers, row, strict=True)])
        for row in rows
    ]


@cache
def _reader(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """From JSON to what the column gives when it is read by itself."""
    if isinstance(field, models.JSONField):
        return lambda value: field.to_python(json.loads(value) if isinstance(value, str) else value)
    return next((read for kind, read in READERS.items() if isinstance(field, kind)), _decimal(field))


def _decimal(field: Any) -> Callable[[Any], Any]:
    if not isinstance(field, models.DecimalField):
        return _same
    cent = Decimal(1).scaleb(-field.decimal_places)
    return lambda value: Decimal(value).quantize(cent)


def _same(value: Any) -> Any:
    return value


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


READERS: dict[type[models.Field[Any, Any]], Callable[[Any], Any]] = {
    models.DateTimeField: _moment,
    models.DateField: date.fromisoformat,
    models.BooleanField: bool,
}
