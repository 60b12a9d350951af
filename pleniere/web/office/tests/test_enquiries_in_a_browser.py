"""The board by drag and by keyboard; dates judged as they are typed; the pages without a fault."""

import pytest
from django.utils import timezone

from pleniere.catalogue.actions import Part, set_package
from pleniere.common.words import LocalText
from pleniere.congress.actions import make_enquiry
from pleniere.invoicing.tests.world import billing_world
from pleniere.web.tests.browser import look_at, sign_in


@pytest.fixture
def w(transactional_db):
    w = billing_world()
    w.row = make_enquiry("Assises du vélo", heads=310, by=w.agent, at=timezone.now())
    parts = [Part(LocalText(fr="Salle"), "standard", 20), Part(LocalText(fr="Repas"), "intermediate", 45)]
    set_package(w.caterer, "JOUR", parts, by=w.agent, at=timezone.now())
    return w


def test_a_tile_is_dragged_then_moved_by_the_keyboard(page, live_server, w):
    sign_in(page, live_server, w.agent)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/office/enquiries/")
    page.locator("[data-drag]").drag_to(page.locator("[data-drop=QUALIFIED]"))
    page.wait_for_url("**moved=*")
    w.row.refresh_from_db()
    assert w.row.state == "QUALIFIED"
    page.get_by_role("button", name="Déplacer « Assises du vélo » vers : proposition").focus()
    page.keyboard.press("Enter")
    page.locator("[data-drop=PROPOSED] [data-drag]").wait_for()
    w.row.refresh_from_db()
    assert w.row.state == "PROPOSED"
    assert page.evaluate("document.activeElement.textContent") == "Assises du vélo"
    page.locator("[data-drag]").drag_to(page.locator("[data-drop=LOST]"))
    page.wait_for_url("**closing=LOST*")


def test_a_last_day_before_the_first_is_said_at_once(page, live_server, w):
    sign_in(page, live_server, w.agent)
    page.goto(f"{live_server.url}/office/enquiries/new/")
    page.get_by_label("Premier jour", exact=True).fill("2030-05-14")
    page.get_by_label("Dernier jour", exact=True).fill("2030-05-13")
    page.get_by_label("Événement").focus()
    assert "précède le premier" in page.locator(".field__error").inner_text()
    page.get_by_label("Dernier jour", exact=True).fill("2030-05-15")
    page.get_by_label("Événement").focus()
    assert page.locator(".field__error").count() == 0


def test_pages_are_clean(page, live_server, w):
    sign_in(page, live_server, w.agent)
    paths = [
        "enquiries/",
        "enquiries/list/",
        f"enquiries/{w.row.pk}/",
        f"enquiries/{w.row.pk}/needs/",
        f"enquiries/{w.row.pk}/seminar/",
        "enquiries/reasons/",
        f"suppliers/{w.caterer.pk}/packages/",
        f"congresses/{w.congress.code}/account/",
        f"congresses/{w.congress.code}/account/statement/",
        f"congresses/{w.congress.code}/purchases/",
    ]
    assert {path: found for path in paths if (found := look_at(page, f"{live_server.url}/office/{path}"))} == {}
