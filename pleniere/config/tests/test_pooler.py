"""Statements are prepared on a PostgreSQL that is reached directly, and never through a pooler."""

from types import SimpleNamespace

import pytest
from django.db import connection

from pleniere.config.pooler import prepare_nothing_through_a_pooler


def reached(*, told, serving):
    """A new connection, told one number at its start, and served by the process of another."""
    answer = SimpleNamespace(fetchone=lambda: (serving,))
    raw = SimpleNamespace(execute=lambda sql: answer, info=SimpleNamespace(backend_pid=told), prepare_threshold=1)
    options = {"OPTIONS": {"prepare_threshold": 1}}
    return SimpleNamespace(vendor="postgresql", settings_dict=options, connection=raw)


def test_a_pooler_is_known_by_the_number_it_gives_and_nothing_is_prepared_through_it():
    found = reached(told=4_102, serving=17)
    prepare_nothing_through_a_pooler(found)
    assert found.connection.prepare_threshold is None


def test_statements_are_prepared_on_a_server_reached_directly():
    found = reached(told=17, serving=17)
    prepare_nothing_through_a_pooler(found)
    assert found.connection.prepare_threshold == 1


@pytest.mark.django_db
def test_the_database_of_this_run_is_reached_directly():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL alone prepares")
    connection.ensure_connection()
    assert connection.connection.prepare_threshold == 1
