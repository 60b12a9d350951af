"""The hotel's page on a phone, with and without scripts, by keyboard alone, and as axe sees it."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.actions import Taken, retain, send_reply
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.models import Reply
from pleniere.allotment.tests.world import world
from pleniere.catalogue.models import Contract
from pleniere.web.tests.browser import look_at

from .world import GRID, ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def w():
    w = world()
    return ask(w, w.adagio, w.terminus)


def test_two_minutes_on_a_phone_the_draft_keeps_itself_and_the_answer_leaves(w, page, live_server):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + w.page)
    page.get_by_role("button", name=re.compile("Une chambre de plus, double")).first.click()
    page.locator('[name="p:DOUBLE"]').fill("105,75")
    page.locator('[name="p:DOUBLE"]').blur()
    page.locator("#draft-state", has_text=re.compile(r"\d\d:\d\d")).wait_for()
    page.reload()
    assert page.locator('[name="n:DOUBLE"]').input_value() == "1"
    assert page.locator('[name="p:DOUBLE"]').input_value() == "105,75"
    page.locator('[data-same][name="same:DOUBLE"]').uncheck()
    first = f'[name="n:DOUBLE:{w.nights[0]}"]'
    assert page.locator(first).input_value() == "1", "each night begins with what was the same for all"
    page.locator(first).fill("4")
    for code in ("SINGLE", "ACCESSIBLE"):
        page.locator(f'[data-none][name="none:{code}"]').check()
    page.get_by_role("button", name="Envoyer ma réponse").click()
    page.get_by_text("Ce que vous avez envoyé").wait_for()
    cells = Reply.objects.get(is_draft=False).cells
    assert cells.get(room_type="DOUBLE", night=w.nights[0]).rooms == 4
    assert look_at(page, live_server.url + w.page) == []
    assert look_at(page, live_server.url + w.page + "?correct=1") == []


def test_a_lost_network_and_a_closed_tab_lose_no_word(w, browser, live_server):
    context = browser.new_context(locale="fr-FR", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(live_server.url + w.page)
    context.set_offline(True)
    page.locator('[name="n:DOUBLE"]').fill("17")
    page.locator("#draft-state", has_text="pas de connexion").wait_for()
    page.close()
    context.set_offline(False)
    assert not Reply.objects.exists()
    page = context.new_page()
    page.goto(live_server.url + w.page)
    assert page.locator('[name="n:DOUBLE"]').input_value() == "17"
    page.locator("#draft-state", has_text=re.compile(r"\d\d:\d\d")).wait_for()
    assert Reply.objects.get(is_draft=True).typed["n:DOUBLE"] == "17"
    context.close()


def test_what_a_hotel_does_with_its_rooms_reads_well_and_is_accessible(w, page, live_server):
    reply = send_reply(w.invitation, typed=GRID, by=link_for(w.invitation), at=timezone.now())
    wanted = {("DOUBLE", night): Taken(10, Decimal("105.75")) for night in w.nights}
    retain(reply, wanted, contract=w.adagio.contracts.get(), key="k", by=SYSTEM, at=timezone.now())
    Contract.objects.update(stops_sales=True)
    assert look_at(page, live_server.url + w.page + "rooms/") == []
    page.get_by_text("Donner plus de chambres").click()
    page.get_by_label("Combien par nuit").first.fill("3")
    page.get_by_role("button", name="Donner ces chambres").click()
    page.get_by_text("Elles sont en vente. Merci !").wait_for()
    assert look_at(page, live_server.url + w.page) == []


def test_without_scripts_by_keyboard_enter_keeps_a_draft_and_the_button_sends(w, browser, live_server):
    page = browser.new_context(java_script_enabled=False, locale="fr-FR").new_page()
    page.goto(live_server.url + w.page)
    page.locator('[name="n:DOUBLE"]').focus()
    page.keyboard.type("12")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Reply.objects.get().is_draft, "Enter never sends"
    page.locator('[name="p:DOUBLE"]').fill("98")
    for code in ("SINGLE", "ACCESSIBLE"):
        page.locator(f'[data-none][name="none:{code}"]').check()
    with page.expect_navigation():
        page.get_by_role("button", name="Envoyer ma réponse").press("Enter")
    assert not Reply.objects.get().is_draft
