"""A request of six types and six nights answered on a phone over a slow line, each tap and key counted: what docs/hoteliers.md says."""

import gzip

import pytest
from django.test import Client
from django.utils import timezone

from pleniere.allotment.models import Reply
from pleniere.allotment.tests.world import world

from .world import ask

pytestmark = pytest.mark.django_db(transaction=True)
TYPES = ("SINGLE", "TWIN", "DOUBLE", "TRIPLE", "QUAD", "ACCESSIBLE")
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
TAP, KEY = 1.1, 0.28  # seconds of a practised thumb: to find and touch a field, to strike a key


class Thumb:
    """Touches and types as a hotelier does, and counts."""

    def __init__(self, page):
        self.page, self.taps, self.keys = page, 0, 0

    def tap(self, field):
        field.tap()
        self.taps += 1

    def write(self, name, words):
        field = self.page.locator(f'[name="{name}"]').last
        self.tap(field)
        self.page.keyboard.type(words)
        self.keys += len(words)

    @property
    def seconds(self):
        return self.taps * TAP + self.keys * KEY


@pytest.fixture
def w():
    w = world()
    return ask(w, w.adagio, types=TYPES, nights=6)


def test_a_request_of_six_types_and_six_nights_is_answered_in_two_minutes(w, browser, live_server):
    size = {"width": 390, "height": 844}
    context = browser.new_context(locale="fr-FR", viewport=size, has_touch=True, is_mobile=True)
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    began = timezone.now()
    page.goto(live_server.url + w.page)
    thumb = Thumb(page)
    for n, code in enumerate(TYPES[:5]):
        thumb.write(f"n:{code}", f"{10 + n}")
        thumb.write(f"p:{code}", f"{80 + n}")
    thumb.tap(page.locator('[data-none][name="none:ACCESSIBLE"]'))
    thumb.tap(page.locator('[data-same][name="same:DOUBLE"]'))
    night = w.nights[2]
    page.locator(f'[name="n:DOUBLE:{night}"]').fill("")
    thumb.write(f"n:DOUBLE:{night}", "6")
    thumb.write(f"p:DOUBLE:{night}", "120")
    thumb.write("name", "Ana")
    thumb.tap(page.get_by_role("button", name="Envoyer ma réponse"))
    page.get_by_text("Ce que vous avez envoyé").wait_for()
    line_took = (timezone.now() - began).total_seconds()
    cells = {(c.room_type, c.night): (c.rooms, str(c.price)) for c in Reply.objects.get(is_draft=False).cells.all()}
    assert len(cells) == 36
    assert cells["DOUBLE", night] == (6, "120.00") and cells["DOUBLE", w.nights[0]] == (12, "82.00")
    print(f"# {thumb.taps} taps, {thumb.keys} keys: {thumb.seconds:.0f} s of thumb, {line_took:.0f} s of line and script")
    assert thumb.taps <= 20 and thumb.seconds + line_took < 120
    context.close()


def test_the_page_is_light(w):
    page = Client().get(w.page, headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip" and len(page.content) < 15_000
    assert b"answer" in gzip.decompress(page.content)
