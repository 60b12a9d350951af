"""The frame in a browser: axe finds nothing, no page scrolls sideways, nothing breaks the content security policy."""

import pytest

from pleniere.booking.tests.world import make_bureau, make_user, seminar

from .browser import look_at, sign_in


@pytest.mark.parametrize("path", ["/", "/styleguide/", "/account/login/", "/account/password/reset/", "/no-such-page/"])
def test_pages_for_everybody_are_clean(page, live_server, transactional_db, path):
    make_bureau()
    said = []
    page.on("console", lambda message: said.append(message.text) if "Content Security Policy" in message.text else None)
    assert look_at(page, live_server.url + path) == []
    assert said == []


@pytest.mark.parametrize("path", ["/office/", "/office/me/", "/office/search/?q=adagio", "/office/congresses/"])
def test_pages_of_the_office_are_clean(page, live_server, transactional_db, path):
    world = seminar()
    sign_in(page, live_server, world.agent)
    assert look_at(page, live_server.url + path) == []


def test_one_signs_in_by_address_and_password(page, live_server, transactional_db):
    make_bureau()
    user = make_user("sam@example.org", "AGENT")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    page.goto(live_server.url + "/office/")
    page.get_by_label("E-mail").fill("sam@example.org")
    page.get_by_label("Mot de passe").fill("a-long-password")
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(live_server.url + "/office/")
    assert page.title().startswith("Aujourd’hui")
