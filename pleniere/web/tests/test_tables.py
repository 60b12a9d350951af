"""Lists: what an address asks for is what is shown and exported, in as many queries at 20 rows as at 2."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.booking.tests.world import make_bureau, make_user
from pleniere.congress.models import Congress

ADDRESS = "/office/congresses/"


@pytest.fixture
def agent(client, db):
    make_bureau()
    client.force_login(make_user("sam@example.org", "AGENT"))
    return client


def make(count):
    Congress.objects.bulk_create(
        Congress(code=f"c{n:03}", title={"fr": f"Congrès {n}"}, starts="2027-04-07", ends="2027-04-10") for n in range(count)
    )


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_as_many_queries_at_twenty_rows_as_at_two(agent):
    make(2)
    few = queries(agent, ADDRESS)
    Congress.objects.all().delete()
    make(20)
    assert queries(agent, ADDRESS) == few


def test_a_search_leaves_what_it_names_and_an_odd_address_breaks_nothing(agent):
    make(3)
    assert "Congrès 2" in (page := agent.get(ADDRESS, {"q": "C002"}).content.decode())
    assert "Congrès 1" not in page
    odd = {"page": "99999999999999999999", "sort": "password", "q": "\x00" * 3, "export": "exe"}
    assert agent.get(ADDRESS, odd).status_code == 200
    assert agent.get(ADDRESS, {"sort": "--starts"}).status_code == 200


def test_the_export_holds_every_row_of_the_list(agent):
    make(60)
    page = agent.get(ADDRESS, {"export": "csv"}).content.decode("utf-8-sig")
    assert len(page.strip().splitlines()) == 61
    assert agent.get(ADDRESS, {"export": "xlsx"})["Content-Disposition"].endswith('.xlsx"')
    assert agent.get(ADDRESS, {"export": "pdf"}).content.startswith(b"%PDF")
