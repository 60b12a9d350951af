"""Rows of other tables read in the same statement as what they belong to: one way to the database, and one moment in time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import Func, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import get_related_populators

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
    if not value or value == "[]":
        return []
    attnames, readers = _columns(model, names)
    return [
        _made(model, attnames, [x if read is None or x is None else read(x) for read, x in zip(readers, row, strict=True)])
        for row in json.loads(value, parse_float=Decimal)
    ]


def _made(model: type[M], attnames: list[str], values: Iterable[Any]) -> M:
    """As `from_db`, a third of its cost: our models have plain columns, no `__init__` and no listener of their own."""
    made = model.__new__(model)
    made.__dict__.update(zip(attnames, values, strict=True))
    made._state = ModelState()
    made._state.adding, made._state.db = False, "default"
    return made


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> tuple[list[str], list[Callable[[Any], Any] | None]]:
    fields = _fields(model, names)
    return [field.attname for field in fields], [_reader(field) for field in fields]


class Prepared(Generic[M]):
    """A read that differs by numbers alone: Django composes its SQL once per thread, which else costs more than to run it.

    `make` is given one number per value and makes the queryset. It may only hand them on (`filter(pk=…)`, `Value(…)`), for the SQL is
    kept as it was made of others; whatever else it looks at is kept with it.
    """

    def __init__(self, make: Callable[..., QuerySet[M]]):
        self.make, self.mine = make, threading.local()

    def first(self, *values: int) -> M | None:
        """The first object of the queryset that `make(*values)` is."""
        made = getattr(self.mine, connection.vendor, None)
        if made is None:
            made = _Made(self.make, len(values))
            setattr(self.mine, connection.vendor, made)
        return next(made.objects(values), None)


class _Made:
    """The compiled statement, and where the values go in it."""

    def __init__(self, make: Callable[..., QuerySet[Any]], count: int):
        marks = [-4_611_686_018_427_387_904 + n for n in range(count)]  # fit a bigint, and are the key of nothing
        self.compiler = make(*marks).query.get_compiler(connection=connection)
        self.sql, self.params = self.compiler.as_sql()
        self.places = [(at, marks.index(param)) for at, param in enumerate(self.params) if param in marks]
        assert {n for _at, n in self.places} == set(range(count)), "a value does not reach the statement as it is"
        c = self.compiler
        fields = c.klass_info["select_fields"]
        self.start, self.end = fields[0], fields[-1] + 1
        self.names = [column[0].target.attname for column in c.select[self.start : self.end]]
        self.related = get_related_populators(c.klass_info, c.select, "default")  # type: ignore[call-arg]
        self.converters = c.get_converters([column[0] for column in c.select])

    def objects(self, values: tuple[int, ...]) -> Iterator[Any]:
        params = [*self.params]
        for at, n in self.places:
            params[at] = values[n]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        for row in self.compiler.apply_converters(rows, self.converters):
            found = self.compiler.klass_info["model"].from_db("default", self.names, row[self.start : self.end])
            for related in self.related:
                related.populate(row, found)
            for name, at in self.compiler.annotation_col_map.items():
                setattr(found, name, row[at])
            yield found


@cache
def _reader(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """From JSON to what the column gives when it is read by itself; None where that is the same."""
    if isinstance(field, models.JSONField):
        return lambda value: field.to_python(json.loads(value) if isinstance(value, str) else value)
    return next((read for kind, read in READERS.items() if isinstance(field, kind)), _decimal(field))


def _decimal(field: Any) -> Callable[[Any], Any] | None:
    if not isinstance(field, models.DecimalField):
        return None
    cent = Decimal(1).scaleb(-field.decimal_places)
    return lambda value: Decimal(value).quantize(cent)


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


READERS: dict[type[models.Field[Any, Any]], Callable[[Any], Any]] = {
    models.DateTimeField: _moment,
    models.DateField: date.fromisoformat,
    models.BooleanField: bool,
}
