"""What our figures stand beside, in the same run: a booking in bare SQL, and a bare Django page.

The booking: itself, 2 persons, 5 lines, 5 claims, history, outbox, journal, in 7 statements and one transaction, on the same
database with the same commit setting. The page: 10 queries, 34 KB.
"""

import os
import sqlite3
from functools import lru_cache
from pathlib import Path

TABLES = """
CREATE TABLE bare_booking (id {serial}, number text, client text, language text, made_at text);
CREATE TABLE bare_person (id {serial}, booking_id integer, first_name text, last_name text);
CREATE TABLE bare_line (id {serial}, booking_id integer, offer integer, start text, "end" text, state text, total {money});
CREATE TABLE bare_stock (id integer PRIMARY KEY, granted integer, booked integer, CHECK (booked <= granted));
CREATE TABLE bare_change (id {serial}, booking_id integer, verb text, at text, after text);
CREATE TABLE bare_message (id {serial}, key text UNIQUE, recipient text, body text);
CREATE TABLE bare_entry (id {serial}, key text UNIQUE, at text, amount {money});
CREATE INDEX bare_person_booking ON bare_person (booking_id);
CREATE INDEX bare_line_booking ON bare_line (booking_id);
"""
STATEMENTS = (
    "INSERT INTO bare_booking (number, client, language, made_at) VALUES ({p}, {p}, 'fr', '2027-01-01') RETURNING id",
    "INSERT INTO bare_person (booking_id, first_name, last_name) VALUES ({p}, 'Camille', 'Banc'), ({p}, 'Dominique', 'Banc')",
    'INSERT INTO bare_line (booking_id, offer, start, "end", state, total) VALUES '
    + ", ".join(f"({{p}}, {n}, '2027-04-07', '2027-04-09', 'OPTION', {20 + n})" for n in range(5)),
    "UPDATE bare_stock SET booked = booked + 1 WHERE id IN ({p}, {p}, {p}, {p}, {p}) AND booked < granted",
    "INSERT INTO bare_change (booking_id, verb, at, after) VALUES ({p}, 'booking.placed', '2027-01-01', '{{}}')",
    "INSERT INTO bare_message (key, recipient, body) VALUES ({p}, 'camille@example.org', 'confirmation')",
    "INSERT INTO bare_entry (key, at, amount) VALUES ({p}, '2027-01-01', 296.50)",
)
# Rows that several want are locked in one order, as ours are: without it PostgreSQL finds them in deadlock and ends half of the buyers.
IN_ORDER = (
    "WITH wanted AS (SELECT id FROM bare_stock WHERE id IN ({p}, {p}, {p}, {p}, {p}) ORDER BY id FOR NO KEY UPDATE) "
    "UPDATE bare_stock SET booked = booked + 1 FROM wanted WHERE bare_stock.id = wanted.id AND booked < granted"
)
SPREAD = 400  # rows of stock: each booking takes five of them


class Bare:
    """A connection that books in bare SQL."""

    def __init__(self, connection, mark):
        self.connection = connection
        self.cursor = connection.cursor()
        self.words = [words.format(p=mark) for words in STATEMENTS]
        if mark == "%s":
            self.words[3] = IN_ORDER.format(p=mark)

    def book(self, key, *, hot=False):
        run, number = self.cursor.execute, str(key)
        rows = [1, 2, 3, 4, 5] if hot else [1 + (key * 5 + n) % SPREAD for n in range(5)]
        if self.words[0].find("%s") < 0:
            run("BEGIN IMMEDIATE")
        run(self.words[0], (number, "Camille Banc"))
        pk = self.cursor.fetchone()[0]
        run(self.words[1], (pk, pk))
        run(self.words[2], (pk,) * 5)
        run(self.words[3], sorted(rows))
        assert self.cursor.rowcount == 5
        run(self.words[4], (pk,))
        run(self.words[5], (f"message-{number}",))
        run(self.words[6], (f"entry-{number}",))
        self.connection.commit()


def bare(*, make=False):
    """A new connection on our own database; `make` its tables first."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        import psycopg

        connection = psycopg.connect(url)
        tables = TABLES.format(serial="bigserial PRIMARY KEY", money="numeric(12, 2)")
        if make:
            connection.execute(tables)
    else:
        # A file beside ours, opened as ours is: no other table of ours grows because of it.
        connection = sqlite3.connect(Path(os.environ["PLENIERE_VAR"]) / "bare.sqlite3", timeout=20, isolation_level=None)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON")
        tables = TABLES.format(serial="integer PRIMARY KEY AUTOINCREMENT", money="decimal")
        if make:
            connection.executescript(tables)
    if make:
        mark = "%s" if url.startswith("postgres") else "?"
        connection.cursor().executemany(
            f"INSERT INTO bare_stock VALUES ({mark}, 1000000000, 0)", [(n,) for n in range(1, SPREAD + 1)]
        )
        connection.commit()
    return Bare(connection, "%s" if url.startswith("postgres") else "?")


# -- the bare page --------------------------------------------------------------------------------------------------

ROWS, QUERIES = 34, 10
PAGE = """<!doctype html><title>Bare</title>{% for rows in tables %}<table>{% for row in rows %}<tr><td>{{ row.pk }}</td>
<td>{{ row.codename }}</td><td>{{ row.name }}</td><td class="number muted">{{ row.content_type_id }}</td></tr>{% endfor %}</table>
{% endfor %}"""


def page(request):
    """Ten queries of 34 rows each, 34 KB of table."""
    from django.contrib.auth.models import Permission
    from django.http import HttpResponse
    from django.template import Context

    tables = [Permission.objects.order_by("pk")[n : n + ROWS] for n in range(QUERIES)]
    return HttpResponse(_template().render(Context({"tables": tables})))


@lru_cache
def _template():
    from django.template import Template

    return Template(PAGE)


MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
