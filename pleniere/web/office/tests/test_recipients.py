"""Whom to ask: distance, amenities, rooms, how often they answer; groups kept under a name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.models import Trace
from pleniere.allotment import response
from pleniere.allotment.models import Invitation
from pleniere.allotment.response import Rate
from pleniere.allotment.tests.world import NOW, answer, ask, make_user, world
from pleniere.catalogue.models import Supplier, SupplierGroup
from pleniere.congress.models import Congress

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    """The venue stands in Saint-Étienne; the Adagio 0.9 km off, the Terminus 12 km, the Deux Rives nowhere known."""
    w = ask(world())
    answer(w)
    Congress.objects.filter(pk=w.congress.pk).update(venue_latitude=45.45, venue_longitude=4.39)
    Supplier.objects.filter(pk=w.adagio.pk).update(latitude=45.444, longitude=4.3989, amenities=["LIFT", "PARKING"])
    Supplier.objects.filter(pk=w.terminus.pk).update(latitude=45.52, longitude=4.28, amenities=["PARKING"])
    client.force_login(w.sam)
    w.desk, w.url = client, f"/office/congresses/{w.congress.code}/requests/{w.request.number}/recipients/"
    return w


def offered(w, **facts):
    """The codes that the A–Z list of a new request shows."""
    page = w.desk.get(w.url, facts)
    assert page.status_code == 200
    return {supplier.code for _letter, rows in page.context["groups"] for supplier, *_facts in rows}


def test_by_distance_from_the_venue_who_is_nowhere_known_is_not_near(w):
    assert offered(w, km="1") == {"ADAGIO"} and offered(w, km="20") == {"ADAGIO", "TERMINUS"}
    page = w.desk.get(w.url).content.decode()
    assert "1,0\xa0km" in page and "11,6\xa0km" in page
    Congress.objects.filter(pk=w.congress.pk).update(venue_latitude=None)
    assert 'name="km"' not in w.desk.get(w.url).content.decode()
    assert len(offered(w, km="1")) == 4


def test_by_all_of_the_amenities_and_by_rooms(w):
    assert offered(w, amenities="PARKING") == {"ADAGIO", "TERMINUS"}
    assert offered(w, amenities=["PARKING", "LIFT"]) == {"ADAGIO"}
    assert offered(w, rooms="70") == {"ADAGIO"} and offered(w, rooms="9999") == set()


def test_by_how_often_they_answered_a_no_is_an_answer_and_who_has_time_left_is_not_silent(w):
    Invitation.objects.filter(supplier=w.rives).update(state="DECLINED")
    before, after = NOW, w.request.deadline + timedelta(days=1)
    pks = [w.adagio.pk, w.terminus.pk, w.rives.pk]
    assert response.rates(pks, at=before) == {w.adagio.pk: Rate(1, 1), w.rives.pk: Rate(1, 1)}
    assert response.rates(pks, at=after)[w.terminus.pk] == Rate(0, 1)
    assert offered(w, answers="75") == {"ADAGIO", "DEUXRIVES"}
    assert "1 réponse sur 1" in w.desk.get(w.url).content.decode()
    fresh = Supplier.objects.create(code="NEUF", name="Neuf", kind="HOTEL")
    assert fresh.code in offered(w, answers="NEVER") and "ADAGIO" not in offered(w, answers="NEVER")


def test_odd_filters_are_passed_over(w):
    for odd in (
        {"km": "x"},
        {"km": "-1"},
        {"rooms": "1e9"},
        {"answers": "101"},
        {"group": "9"},
        {"amenities": "'; --"},
        {"group": "\0"},
    ):
        assert len(offered(w, **odd)) == 4


def test_the_choice_is_kept_as_a_group_and_asked_again_by_its_name(w):
    said = {"act": "group", "group_name": " Hôtels  du centre ", "supplier": [w.adagio.pk]}
    assert w.desk.post(w.url, said).status_code == 302
    group = SupplierGroup.objects.get()
    assert group.name == "Hôtels du centre" and group.suppliers.count() == 4  # those asked already are recipients too
    w.desk.post(w.url, said)
    assert SupplierGroup.objects.count() == 1, "a name is taken once"
    group.suppliers.set([w.adagio])
    assert offered(w, group=group.pk) == {"ADAGIO"}


def test_a_group_is_edited_by_codes_traced_and_thrown_away(w):
    url = "/office/suppliers/groups/"
    assert w.desk.post(url, {"name": "Gare", "suppliers": "adagio, TERMINUS – Hôtel Terminus\nDEUXRIVES"}).status_code == 302
    group = SupplierGroup.objects.get()
    assert group.suppliers.count() == 3 and "Gare" in w.desk.get(url).content.decode()
    one = f"{url}{group.pk}/"
    page = w.desk.get(one).content.decode()
    assert "ADAGIO – " in page and "Groupe de prestataires enregistré" in page and "Prestataires :" in page
    for wrong in ({"suppliers": "NOBODY"}, {"suppliers": ""}, {"name": "x" * 81}, {"suppliers": "\0"}):
        assert w.desk.post(one, {"name": "Gare", "suppliers": "ADAGIO", **wrong}).status_code == 422
    for _twice in range(2):
        assert w.desk.post(one, {"name": "Gare", "suppliers": "ADAGIO"}).status_code == 302
    assert list(group.suppliers.values_list("code", flat=True)) == ["ADAGIO"]
    assert w.desk.post(one, {"drop": "1"}).status_code == 302 and not SupplierGroup.objects.exists()
    verbs = list(Trace.objects.filter(verb__startswith="group.").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["group.made", "group.edited", "group.dropped"]


def test_who_reads_suppliers_only_makes_no_group(w):
    reader = Client()
    reader.force_login(make_user("carl@example.org", "ACCOUNTANT"))
    assert reader.get("/office/suppliers/groups/").status_code == 200
    assert reader.post("/office/suppliers/groups/", {"name": "Gare", "suppliers": "ADAGIO"}).status_code == 403
    reader.force_login(make_user("zoe@example.org"))
    assert reader.get("/office/suppliers/groups/").status_code == 403


def test_as_many_queries_among_twenty_thousand_suppliers_as_among_a_hundred(w):
    facts = {"km": "50", "answers": "50", "rooms": "1", "amenities": "PARKING"}

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert w.desk.get(w.url).status_code == w.desk.get(w.url, facts).status_code == 200
        return len(seen)

    def add(count):
        place = {"latitude": 45.45, "longitude": 4.4, "amenities": ["PARKING"], "rooms": 20}
        first = Supplier.objects.count()
        names = [f"Banc {n}" for n in range(first, first + count)]
        rows = (Supplier(code=name[5:], name=name, search=name.lower(), kind="HOTEL", **place) for name in names)
        Supplier.objects.bulk_create(rows, batch_size=2_000)

    add(100)
    few = queries()
    add(20_000)
    assert queries() == few
