"""The form as people meet it: with scripts off, with the keyboard alone, and as axe sees each page."""

import pytest
from django.urls import reverse

from pleniere.booking.models import Booking
from pleniere.booking.tests.world import seminar
from pleniere.web.tests.browser import look_at

from .walk import CONTACT, Walk

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
    page.click("button[value=check]")  # the holder's own bank asks
    page.click("button[value=pay]")
    page.wait_for_url("**/step/done/")
    booking = Booking.objects.get()
    assert booking.number[:4] in page.inner_text("main") and "plus rien à payer" in page.inner_text("main")
    assert booking.persons.count() == 2 and booking.payers.get().receipts.get().amount == 331.5
    page.click("text=Ma réservation")
    assert page.url.endswith(reverse("client-booking", args=[page.url.rstrip("/").rpartition("/")[2]]))


class Keys:
    """A browser without a pointer: what cannot be reached by Tab is not there."""

    def __init__(self, page):
        self.page, self.press, self.type = page, page.keyboard.press, page.keyboard.type

    def reach(self, selector: str, most: int = 80) -> None:
        for _ in range(most):
            self.press("Tab")
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached by the keyboard on {self.page.url}")

    def enter(self, selector: str, leads_to: str) -> None:
        self.reach(selector)
        self.press("Enter")
        self.page.wait_for_url(f"**{leads_to}**")

    def write(self, selector: str, word: str) -> None:
        self.reach(selector)
        self.type(word)


def test_from_welcome_to_paid_by_the_keyboard_alone(world, live_server, page, settings):
    settings.SITE_URL = live_server.url
    page.goto(live_server.url + reverse("public-welcome", args=["ctv2027"]))
    keys = Keys(page)
    keys.enter(".hero button", "/step/persons/")
    keys.write("[name=p0-first_name]", "Claire")
    keys.write("[name=p0-last_name]", "Fournier")
    keys.press("Enter")
    page.wait_for_url("**/step/fee/")
    keys.enter(".next .button--main", "/step/lodging/")
    keys.enter(".search button", "/step/lodging/?")
    keys.enter(".hotel__buy a", "/hotel/")
    keys.enter(".room .button--big", "/step/lodging/")
    keys.enter(".next .button--main", "/step/meals/")
    keys.enter(".next .button--main", "/step/evenings/")
    keys.reach(".who .tick")
    with page.expect_response(lambda answer: "/step/evenings/" in answer.url and answer.request.method == "GET"):
        keys.press("Space")
    page.wait_for_selector(".service.is-on")
    assert page.evaluate("document.activeElement.matches('.who .tick')")  # the tap did not lose one's place
    keys.enter(".next .button--main", "/step/visits/")
    assert Booking.objects.get().lines.count() == 3
    keys.enter(".next .button--main", "/step/cart/")
    keys.enter(".next .button--main", "/step/contact/")
    for name, word in CONTACT.items():
        if name in ("email", "address", "postcode", "town"):
            keys.write(f"[name={name}]", word)
    keys.enter("#step .button--main", "/step/payment/")
    keys.reach("[name=method]")
    for _ in range(len(page.query_selector_all("[name=method]"))):
        if page.evaluate("document.activeElement.value") == "CARD":
            break
        keys.press("ArrowDown")
    keys.press("Space")
    keys.reach("[name=terms]")
    keys.press("Space")
    keys.enter("#step .button--main, main form .button--main.button--big", "/sandbox-bank/")
    keys.enter("button[value=check]", "/check/")
    keys.enter("button[value=pay]", "/step/done/")
    assert "plus rien à payer" in page.inner_text("main")


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
