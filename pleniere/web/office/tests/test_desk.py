"""The requests and the planning in a browser: axe, widths, arrows."""

import pytest

from pleniere.allotment.tests.world import NIGHTS, answer, ask, keep, world
from pleniere.stock.models import StockDay
from pleniere.web.tests.browser import look_at, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_page_of_the_floor_is_clean_and_arrows_walk_the_planning(page, live_server):
    w = ask(world())
    answer(w)
    keep(w)
    sign_in(page, live_server, w.sam)
    home = f"{live_server.url}/office/congresses/{w.congress.code}"
    day = StockDay.objects.order_by("pk").first()
    paths = ["requests/", "requests/new/", f"requests/{w.request.number}/", f"requests/{w.request.number}/recipients/"]
    paths += [
        f"requests/{w.request.number}/answers/{w.invitation.pk}/",
        "requests/blocks/",
        f"requests/blocks/{w.block.pk}/releases/",
    ]
    paths += ["planning/", f"planning/{day.pk}/"]
    for path in paths:
        assert (path, look_at(page, f"{home}/{path}")) == (path, [])
    page.goto(f"{home}/planning/?month={NIGHTS[0]:%Y-%m}")
    page.locator("a.cell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/planning/*/")
    assert f"/planning/{StockDay.objects.get(day=NIGHTS[1]).pk}/" in page.url
