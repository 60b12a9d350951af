"""The form as people meet it: with scripts off, with the keyboard alone, and as axe sees each page."""

import pytest
from django.urls import reverse

from pleniere.booking.models import Booking
from pleniere.booking.tests.world import seminar
from pleniere.web.tests.browser import look_at

from .walk import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return seminar(rooms=3)


def fill_contact(page) -> None:
    words = {"email": "claire@example.org", "address": "8 bis quai Carnot", "postcode": "49400", "town": "Saumur"}
    for name, word in words.items():
        page.fill(f"[name={name}]", word)


def test_from_start_to_paid_with_scripts_off(world, live_server, new_context, settings):
    settings.SITE_URL = live_server.url
    page = new_context(java_script_enabled=False).new_page()
    page.goto(live_server.url + reverse("public-welcome", args=["ctv2027"]))
    page.click("aside button.button--main")
    page.fill("[name=p0-first_name]", "Claire")
    page.fill("[name=p0-last_name]", "Fournier")
    page.click("main button[value=add] >> nth=-1")
    page.fill("[name=p1-institution]", "OT Saumur")
    page.check("[name=p1-is_unnamed]")
    page.click(".next .button--main")
    page.click(".next .button--main")  # the fee, for both
    page.select_option("[name=adults]", "1")
    page.click(".search button")
    page.click(".hotel__buy a")
    page.click(".room .button--big")
    page.click(".next .button--main")
    page.click(".next .button--main")  # no meal
    page.click("article.service .who button >> nth=0")
    page.click(".next .button--main")
    page.click(".next .button--main")  # no visit
    assert "331,50" in page.inner_text("main")
    page.click(".next .button--main")
    fill_contact(page)
    page.click("#step .button--main")
    page.check("input[value=CARD]")
    page.check("[name=terms]")
    page.click("text=Commande avec obligation de paiement")
    page.click("button[value=pay]")
    assert "331,50" in page.inner_text("main")
    booking = Booking.objects.get()
    assert booking.persons.count() == 2 and booking.payers.get().attempts.get().amount == 331.5
    assert "/my/pay/" in page.url


def test_a_fee_and_an_evening_by_the_keyboard_alone(world, live_server, page):
    page.goto(live_server.url + reverse("public-welcome", args=["ctv2027"]))

    def reach(selector: str, most: int = 60) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached by the keyboard on {page.url}")

    reach(".hero button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/step/persons/")
    reach("[name=p0-first_name]")
    page.keyboard.type("Claire")
    reach("[name=p0-last_name]")
    page.keyboard.type("Fournier")
    page.keyboard.press("Enter")
    page.wait_for_url("**/step/fee/")
    reach(".next .button--main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/step/lodging/")
    page.goto(page.url.replace("lodging", "evenings"))
    reach(".who .tick")
    with page.expect_response(lambda answer: "/step/evenings/" in answer.url and answer.request.method == "GET"):
        page.keyboard.press("Space")
    page.wait_for_selector(".service.is-on")
    assert page.evaluate("document.activeElement.matches('.who .tick')")  # the tap did not lose one's place
    reach(".next .button--main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/step/visits/")
    assert Booking.objects.get().lines.count() == 2


def test_a_field_left_is_kept_and_comes_back(world, live_server, page):
    walk = Walk(world)
    page.goto(live_server.url + walk.url("step", "persons"))
    page.fill("[name=p0-first_name]", "Łukasz")
    with page.expect_response("**/drafts/"):
        page.press("[name=p0-first_name]", "Tab")
    page.wait_for_function("document.querySelector('[data-saved]').textContent.includes(':')")
    page.reload()
    assert page.input_value("[name=p0-first_name]") == "Łukasz"


def test_every_page_is_clean_at_a_phones_and_a_desks_width(world, live_server, page):
    walk = Walk(world)
    walk.to_payment()
    stages = ("persons", "fee", "lodging", "meals", "evenings", "cart", "contact", "payment")
    addresses = {stage: walk.url("step", stage) for stage in stages}
    addresses |= {
        "welcome": reverse("public-welcome", args=["ctv2027"]),
        "map": walk.url("step", "lodging") + "?adults=1&view=map",
        "hotel": walk.url("hotel", world.hotel.pk) + "?adults=1",
        "nights": walk.url("nights") + "?adults=1",
        "link": walk.url("resume"),
        "find": reverse("client-find"),
        "terms": reverse("public-terms", args=["ctv2027"]),
        "privacy": reverse("public-privacy", args=["ctv2027"]),
        "accessibility": reverse("public-accessibility"),
    }
    faults = {name: found for name, address in addresses.items() if (found := look_at(page, live_server.url + address))}
    walk.order()
    pay = walk.client.post(reverse("client-payer", args=[walk.token, walk.booking.payers.get().pk]))["Location"]
    for name, address in {
        "done": walk.url("step", "done"),
        "my": reverse("client-booking", args=[walk.token]),
        "pay": pay,
    }.items():
        if found := look_at(page, live_server.url + address):
            faults[name] = found
    assert faults == {}
