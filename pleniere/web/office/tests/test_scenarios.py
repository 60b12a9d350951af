"""Scenarios on the office's screens: side by side, edited cell by cell, chosen; choosing is the retaining that exists."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts.models import Bureau
from pleniere.allotment.actions import write_solution
from pleniere.allotment.comparing import compare
from pleniere.allotment.models import Block, Cell, Invitation, Scenario, ScenarioCell
from pleniere.allotment.solving import Found
from pleniere.allotment.tests import grid
from pleniere.allotment.tests.world import make_congress, make_user
from pleniere.congress.models import Member
from pleniere.messaging import jobs
from pleniere.messaging.models import Job
from pleniere.messaging.worker import work_once
from pleniere.stock.models import StockDay
from pleniere.web.office.requests import scenarios

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(client):
    Bureau.objects.create(pk=1, name="Saint-Étienne Congrès", sender="congres@example.org", email="congres@example.org")
    asked = grid.make(hotels=4, nights=2, types=2, silent=0, need=10)
    Cell.objects.update(rooms=6)
    client.force_login(make_user("sam@example.org", "AGENT"))
    asked.desk = client
    return asked


def url(asked, tail=""):
    return f"/office/congresses/grid/requests/{asked.number}/{tail}"


def box(invitation, code, night):
    return f"rooms:{invitation.pk}:{code}:{night}"


def tick(asked, *places):
    invitations = list(Invitation.objects.order_by("supplier__code"))
    return [f"{invitations[n].pk}:{code}:{night}" for n, code, night in places]


def test_from_ticked_cells_to_a_scenario_to_rooms_on_sale(asked):
    night = asked.arrival
    made = asked.desk.post(url(asked, "scenarios/"), {"cell": tick(asked, (1, "SINGLE", night), (2, "SINGLE", night))})
    scenario = Scenario.objects.get()
    assert made.url == url(asked, f"scenarios/{scenario.pk}/") and scenario.name == "Scénario A"
    assert sorted(scenario.cells.values_list("rooms", flat=True)) == [6, 6]
    page = asked.desk.get(made.url).content.decode()
    assert "12 nuitées" in page
    look = asked.desk.post(url(asked, "retained/"), {"scenario": scenario.pk})
    assert look.status_code == 200 and not Block.objects.exists(), "first it is shown"
    first = Invitation.objects.get(supplier__code="GRID001")
    done = asked.desk.post(
        url(asked, "retained/"), {"scenario": scenario.pk, "retain": "yes", "key": "k", box(first, "SINGLE", night): "4"}
    )
    assert done.status_code == 302, done.content.decode()[-2000:]
    assert sorted(StockDay.objects.values_list("granted", flat=True)) == [4, 6]
    scenario.refresh_from_db()
    assert scenario.chosen_at is not None
    again = asked.desk.post(url(asked, "retained/"), {"scenario": scenario.pk, "retain": "yes", "key": "k"})
    assert again.status_code in (200, 302, 422) and sum(StockDay.objects.values_list("granted", flat=True)) == 10


def test_one_changed_cell_answers_with_the_figures_and_the_sums_alone(asked):
    asked.desk.post(url(asked, "scenarios/"), {"name": "À la main"})
    scenario, invitation = Scenario.objects.get(), Invitation.objects.get(supplier__code="GRID001")
    changed = asked.desk.post(
        url(asked, f"scenarios/{scenario.pk}/cells/"),
        {box(invitation, "TWIN", asked.arrival): "5"},
        headers={"HX-Request": "true"},
    )
    page = changed.content.decode()
    assert "<html" not in page and 'id="figures"' in page and 'hx-swap-oob="true"' in page
    assert ScenarioCell.objects.get().rooms == 5
    too_many = asked.desk.post(
        url(asked, f"scenarios/{scenario.pk}/cells/"),
        {box(invitation, "TWIN", asked.arrival): "7"},
        headers={"HX-Request": "true"},
    )
    assert too_many.status_code == 422 and "6 restantes" in too_many.content.decode() and ScenarioCell.objects.get().rooms == 5


@pytest.mark.parametrize("words", ["-1", "douze", "1e6", "٣", "\0", "9" * 5000, "=1+1", "‮5"])
def test_what_is_no_number_is_said_and_nothing_typed_is_lost(asked, words):
    asked.desk.post(url(asked, "scenarios/"), {"name": "X"})
    invitation = Invitation.objects.get(supplier__code="GRID001")
    response = asked.desk.post(
        url(asked, f"scenarios/{Scenario.objects.get().pk}/cells/"),
        {box(invitation, "TWIN", asked.arrival): words, box(invitation, "SINGLE", asked.arrival): "3", "rooms:x:y": "1"},
    )
    assert response.status_code == 422 and 'value="3"' in response.content.decode() and not ScenarioCell.objects.exists()


def test_scenarios_are_duplicated_renamed_and_thrown_away(asked):
    asked.desk.post(url(asked, "scenarios/"), {"name": "Près", "cell": tick(asked, (1, "TWIN", asked.arrival))})
    first = Scenario.objects.get()
    asked.desk.post(url(asked, "scenarios/"), {"copy": first.pk})
    second = Scenario.objects.latest("pk")
    assert second.cells.count() == 1 and second.name == "Scénario A"
    taken = asked.desk.post(url(asked, f"scenarios/{second.pk}/settings/"), {"name": "Près", "markup": "10"})
    assert taken.status_code == 422 and "déjà" in taken.content.decode()
    asked.desk.post(url(asked, f"scenarios/{second.pk}/settings/"), {"name": "Loin", "markup": "12,5"})
    second.refresh_from_db()
    assert (second.name, second.markup) == ("Loin", Decimal("12.50"))
    page = asked.desk.get(url(asked, "scenarios/")).content.decode()
    assert "Loin" in page and "Près" in page
    asked.desk.post(url(asked, f"scenarios/{first.pk}/removal/"))
    assert list(Scenario.objects.values_list("name", flat=True)) == ["Loin"]


def test_a_scenario_s_settings_are_kept_as_they_are_shown(asked):
    asked.desk.post(url(asked, "scenarios/"), {"name": "Près"})
    scenario = Scenario.objects.get()
    for markup in ("", "12,5"):
        asked.desk.post(url(asked, f"scenarios/{scenario.pk}/settings/"), {"name": "Près", "markup": markup})
        form = asked.desk.get(url(asked, f"scenarios/{scenario.pk}/")).context["form"]
        assert f'value="{markup or 0}"' in str(form["markup"])
        kept = asked.desk.post(url(asked, f"scenarios/{scenario.pk}/settings/"), {"name": "Près", "markup": markup or "0"})
        assert kept.status_code == 302


def test_who_throws_away_what_another_threw_away_at_the_same_instant_is_told(asked, monkeypatch):
    asked.desk.post(url(asked, "scenarios/"), {"name": "X"})
    scenario = Scenario.objects.get()
    monkeypatch.setattr(scenarios, "of_request", lambda *_: scenario)  # both had found it
    Scenario.objects.all().delete()
    page = asked.desk.post(url(asked, f"scenarios/{scenario.pk}/removal/"), follow=True)
    assert page.status_code == 200 and list(page.context["messages"])


def test_a_hotel_that_answers_anew_is_named_and_read_again_on_demand(asked):
    asked.desk.post(url(asked, "scenarios/"), {"name": "X", "cell": tick(asked, (1, "TWIN", asked.arrival))})
    scenario, invitation = Scenario.objects.get(), Invitation.objects.get(supplier__code="GRID001")
    old = invitation.replies.get()
    new = invitation.replies.create(version=2, is_draft=False, by="x", saved_at=old.saved_at, sent_at=old.sent_at)
    new.cells.create(room_type="TWIN", night=asked.arrival, rooms=2, price=Decimal(80))
    page = asked.desk.get(url(asked, f"scenarios/{scenario.pk}/")).content.decode()
    assert "A répondu de nouveau depuis" in page
    asked.desk.post(url(asked, f"scenarios/{scenario.pk}/renewals/"))
    assert scenario.cells.get().rooms == 2 and scenario.cells.get().cell.reply_id == new.pk


def test_side_by_side_asks_as_many_queries_for_ten_scenarios_as_for_two(asked):
    def queries(count):
        for _n in range(count):
            asked.desk.post(url(asked, "scenarios/"), {"cell": tick(asked, *((n, "TWIN", asked.arrival) for n in range(4)))})
        with CaptureQueriesContext(connection) as seen:
            assert asked.desk.get(url(asked, "scenarios/")).status_code == 200
        return len(seen)

    queries(1)  # the congress's programme is read once per process
    assert queries(1) == queries(8)


def test_another_congress_s_agent_and_an_accountant_change_nothing(asked):
    asked.desk.post(url(asked, "scenarios/"), {"name": "X"})
    scenario = Scenario.objects.get()
    olga = make_user("olga@example.org")
    Member.objects.create(congress=make_congress("autre"), user=olga, role="AGENT")
    paul = make_user("paul@example.org", "ACCOUNTANT")
    for user, look, act in ((olga, 404, 404), (paul, 200, 403)):
        client = Client()
        client.force_login(user)
        assert client.get(url(asked, "scenarios/")).status_code == look
        assert client.get(url(asked, f"scenarios/{scenario.pk}/")).status_code == look
        for tail in ("", f"{scenario.pk}/cells/", f"{scenario.pk}/removal/", f"{scenario.pk}/renewals/"):
            assert client.post(url(asked, f"scenarios/{tail}"), {"name": "Y"}).status_code == act, tail
    assert Scenario.objects.count() == 1


def ask(asked, **words):
    words = {"name": "Le moins cher", "goal": "COST", "seconds": "5", **words}
    return asked.desk.post(url(asked, "scenarios/solver/"), words)


def test_a_scenario_is_computed_by_the_worker_and_says_what_it_found(asked):
    made = ask(asked)
    scenario = Scenario.objects.get()
    assert made.url == url(asked, f"scenarios/{scenario.pk}/") and scenario.state == "SOLVING"
    page = asked.desk.get(made.url).content.decode()
    assert "data-refresh" in page and "<progress" in page and "disabled" in page, "nobody edits while it is computed"
    work_once()
    scenario.refresh_from_db()
    assert scenario.state == "READY" and scenario.cells.count()
    page = asked.desk.get(made.url).content.decode()
    assert "Le mieux possible" in page and "data-refresh" not in page
    assert not compare(asked).figures[0].missing


def test_when_no_choice_meets_the_wishes_those_in_the_way_are_named(asked):
    first = Invitation.objects.get(supplier__code="GRID001")
    ask(asked, goal="HOTELS", most_hotels="1", **{f"hotel:{first.pk}": "keep"})
    work_once()
    scenario = Scenario.objects.get()
    assert scenario.state == "IMPOSSIBLE" and scenario.wishes["kept"] == [first.pk]
    page = asked.desk.get(url(asked, f"scenarios/{scenario.pk}/")).content.decode()
    assert "Aucun choix" in page and "le nombre d’hôtels" in page
    assert "Le moins cher" in asked.desk.get(url(asked, f"scenarios/solver/?scenario={scenario.pk}")).content.decode()


def test_a_search_whose_worker_was_killed_is_done_by_the_next_one_once_its_lease_has_run_out(asked):
    ask(asked)
    scenario = Scenario.objects.get()
    job = jobs.claim(timezone.now())[-1]  # a worker takes it, and dies
    assert work_once() == 0 or Scenario.objects.get().state == "SOLVING"
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    work_once()
    scenario.refresh_from_db()
    assert scenario.state == "READY" and scenario.cells.exists()


def test_a_search_that_failed_for_good_says_so_and_can_be_asked_again(asked):
    ask(asked)
    scenario = Scenario.objects.get()
    Job.objects.filter(key=f"scenario-{scenario.pk}-1").update(failed_at=timezone.now())
    page = asked.desk.get(url(asked, f"scenarios/{scenario.pk}/")).content.decode()
    assert "Le calcul a échoué" in page and "data-refresh" not in page
    asked.desk.post(url(asked, "scenarios/solver/"), {"scenario": scenario.pk, "name": "x", "goal": "NEAR", "seconds": "5"})
    work_once()
    scenario.refresh_from_db()
    assert scenario.state == "READY" and scenario.wishes["goal"] == "NEAR"


def test_a_search_that_was_stopped_or_asked_anew_writes_nothing(asked):
    ask(asked)
    scenario = Scenario.objects.get()
    asked.desk.post(url(asked, f"scenarios/{scenario.pk}/stops/"))
    work_once()
    scenario.refresh_from_db()
    assert scenario.state == "READY" and not scenario.cells.exists()
    assert not write_solution(scenario.pk, 1, Found(rooms={}))


def test_a_room_retained_while_it_was_computed_is_left_out(asked):
    ask(asked)
    scenario, invitation = Scenario.objects.get(), Invitation.objects.get(supplier__code="GRID001")
    assert write_solution(scenario.pk, 1, Found(rooms={(invitation.pk, "TWIN", asked.arrival): 60}))
    assert scenario.cells.get().rooms == 6


@pytest.mark.parametrize(
    "words",
    [{"goal": "FREE"}, {"minimum": "-1"}, {"most_km": "loin"}, {"most_price": "cher"}, {"seconds": "9" * 30}, {"name": ""}],
)
def test_wishes_that_make_no_sense_are_told(asked, words):
    assert ask(asked, **words).status_code == 422 and not Scenario.objects.exists()
