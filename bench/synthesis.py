"""The synthesis of 200 hotels × 8 nights × 7 types: a page of it, the next window, the workbook, the A3 sheet.

Beside the pages, the bare Django page of ten queries; beside the workbook, as many numbers written by xlsxwriter alone; beside
the sheet, two thousand plain rows set by the same typesetter. All in this run, in turn.
"""

import time
from io import BytesIO

import _reference
import _world
import xlsxwriter
from _report import median, say
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

HOTELS, NIGHTS, TYPES, ROUNDS = 200, 8, 7, 5


def cpu_of(ask):
    began = time.process_time()
    ask()
    return (time.process_time() - began) * 1000


def in_turn(name, ours, theirs, rounds=ROUNDS):
    ours(), theirs()
    pairs = [(cpu_of(ours), cpu_of(theirs)) for _turn in range(rounds)]
    say(name, median([a for a, _b in pairs]), "CPU ms", median([b for _a, b in pairs]), median([a / b for a, b in pairs]))


def bare_workbook():
    book = xlsxwriter.Workbook(BytesIO(), {"in_memory": True})
    page = book.add_worksheet()
    for row in range(HOTELS):
        for column in range(2 * NIGHTS * TYPES):
            page.write_number(row, column, row + column)
    book.close()


def bare_sheet():
    from pleniere.common import sheets

    columns = [sheets.Column("A", "a"), sheets.Column("B", "b")]
    sheets.to_pdf(columns, [{"a": f"Ligne {n}", "b": "105,75"} for n in range(2_000)], title="Banc")


def main():
    _world.set_up()
    from pleniere.allotment.tests import grid
    from pleniere.allotment.tests.world import make_user

    asked = grid.make(hotels=HOTELS, nights=NIGHTS, types=TYPES)
    client = Client()
    client.force_login(make_user("bench@example.org", "AGENT"))
    url = f"/office/congresses/grid/requests/{asked.number}/"

    def ask(tail="", **facts):
        response = client.get(url + tail, **facts)
        assert response.status_code == 200, (tail, response.status_code)
        return response

    def window():
        return ask("?page=2", headers={"HX-Request": "true"})

    bare_client = Client()

    def bare():
        with override_settings(ROOT_URLCONF="_reference_urls", MIDDLEWARE=_reference.MIDDLEWARE):
            bare_client.get("/bare/")

    with CaptureQueriesContext(connection) as seen:
        ask()
    say("synthesis: queries", len(seen), "queries", None, None)
    say("synthesis: one window", len(window().content) / 1000, "KB", None, None)
    in_turn("synthesis: workbook", lambda: ask("?export=xlsx"), bare_workbook, 3)
    in_turn("synthesis: A3 sheet", lambda: ask("?export=pdf"), bare_sheet, 1)
    in_turn("synthesis: the next window", window, bare)
    in_turn("synthesis: the page", ask, bare)


if __name__ == "__main__":
    main()
