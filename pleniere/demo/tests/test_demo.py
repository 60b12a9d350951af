"""The demo is whole: every state is there, the leaflet's figures too, and the audit finds no difference.

It is also the richest world there is: a hostile visitor walks it, as nobody and as each role, and breaks nothing.
"""

import random
from datetime import UTC, datetime
from io import StringIO
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import translation

from pleniere.accounts import links
from pleniere.accounts.models import Bureau, Link, User
from pleniere.allotment.models import Block, BlockStep
from pleniere.booking.models import Booking, Line
from pleniere.booking.queries import booking_total, margin
from pleniere.demo.build import build
from pleniere.payment.queries import PayerState, booking_sums
from pleniere.waiting.models import Wish
from pleniere.waiting.queries import by_night
from pleniere.web.tests.hostile import IN_A_PATH, SITE, VALUES, Page, is_ours, local

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
PEOPLE = {
    "nobody": "",
    "agent": "michele@saint-etienne.example",
    "accountant": "claire@saint-etienne.example",
    "administrator": "ada@saint-etienne.example",
    "organiser": "oscar@cluster.example",
    "hotel": "hana@deux-rives.example",
}
DESKS = ["/", "/c/ctv/", "/my/", "/account/login/", "/office/", "/organiser/", "/hotel/", "/account/email/"]
PAGES, POSTS, ODD = 45, 70, 40  # of each person: the whole walk stays within some twenty seconds
HEADERS = ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker):
    """The demo, once for all tests of this file: each leaves it as it was."""
    with translation.override("fr"), django_db_blocker.unblock(), transaction.atomic():
        yield build(NOW)
        transaction.set_rollback(True)


def test_the_demo_is_whole_and_its_books_agree(stage):
    placed = Booking.objects.placed().filter(congress=stage.here)
    assert placed.filter(persons__isnull=False).values("persons").distinct().count() >= 300
    assert set(Line.objects.values_list("state", flat=True)) >= {"DRAFT", "HELD", "OPTION", "FIRM", "CANCELLED"}
    states = {each.state for each in booking_sums(placed.values_list("pk", flat=True)).values()}
    assert states == set(PayerState)
    claire = placed.get(client__last_name="Fournier-Delacroix")
    assert str(booking_total(claire)) == "296.50"
    assert (str(margin(claire).with_commission), margin(claire).margin) == ("16.92", 0)
    out = StringIO()
    call_command("audit", stdout=out)
    assert "No difference" in out.getvalue() or "Aucun écart" in out.getvalue()


def test_a_full_night_is_waited_for_and_the_first_in_line_is_offered_it(stage):
    wishes = list(Wish.objects.filter(booking__congress=stage.here).order_by("made_at"))
    assert [wish.state for wish in wishes] == [Wish.State.OFFERED, Wish.State.WAITING]
    (offered,) = by_night(stage.here)
    assert (offered.row.free, offered.bookings, offered.offered) == (0, 2, 1)


def test_the_deals_with_the_hotels_are_there_to_be_shown(stage):
    assert [each.cells.exists() for each in stage.here.scenarios.all()] == [True, True]
    assert Block.objects.get(congress=stage.here, supplier__code="DEUXRIVES").signed.content_type == "application/pdf"
    assert BlockStep.objects.filter(block__congress=stage.here, done_at=None, on__gt=NOW.date()).count() == 2


def test_a_bureau_of_ones_own_is_never_touched(stage):
    Bureau.objects.update(name="Ici", is_demo=False)
    with pytest.raises(CommandError):
        call_command("demo", "--reset")
    assert Bureau.objects.get().name == "Ici"


def _name(url: str) -> str:
    try:
        return resolve(urlsplit(url).path).url_name or ""
    except Resolver404:
        return ""


def _get(client, path: str):
    """A visit that leaves nothing behind."""
    with transaction.atomic():
        answer = client.get(path)
        transaction.set_rollback(True)
    return answer


def _pages(client, seeds: list[str], chance: random.Random) -> list[Page]:
    """One page of each name that this person can reach, as far as PAGES."""
    waiting, known, pages = [SITE + path for path in seeds], set(), []
    while waiting and len(pages) < PAGES:
        url = waiting.pop(0)
        name = _name(url)
        if not is_ours(url) or not name or "logout" in name or (name in known and local(url) not in seeds):
            continue
        known.add(name)
        answer = _get(client, local(url))
        assert answer.status_code < 500, url
        assert all(head in answer for head in HEADERS), url
        if answer.status_code in (301, 302):
            waiting.insert(0, urljoin(url, answer["Location"]))
            known.discard(_name(waiting[0]))
        elif answer.status_code == 200 and "html" in answer["Content-Type"]:
            pages.append(Page(answer.content.decode(), url))
            waiting += chance.sample(pages[-1].links, len(pages[-1].links))
    return pages


def _attacks(pages: list[Page], chance: random.Random):
    """Every form, one field spoilt: (page, address, what is sent), in an order of chance."""
    for page in chance.sample(pages, len(pages)):
        for form in page.forms:
            if form.method == "post" and form.names and not form.files and "logout" not in form.action:
                button = chance.choice(form.buttons) if form.buttons else None
                for name in chance.sample(form.names, min(2, len(form.names))):
                    how = chance.choice(list(VALUES))
                    yield page.at, form.action, form.sent(button, **{name: VALUES[how]}), f"{name}={how}"


@pytest.mark.parametrize("who", PEOPLE)
def test_nothing_hostile_breaks_a_page_or_passes_without_a_word(stage, who):
    chance, broken = random.Random(who), []
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if PEOPLE[who]:
        client.force_login(User.objects.get(email=PEOPLE[who]))
    doors = [
        links.token(Link.objects.filter(purpose=each).first())
        for each in Link.objects.values_list("purpose", flat=True).distinct()
    ]
    pages = _pages(client, DESKS + ([] if PEOPLE[who] else [f"/l/{token}/" for token in doors]), chance)
    for at, action, sent, what in list(_attacks(pages, chance))[:POSTS]:
        with transaction.atomic():
            body, kind = urlencode(sent, doseq=True), "application/x-www-form-urlencoded"
            answer = client.post(local(action), body, content_type=kind, headers={"referer": at})
            if answer.status_code >= 500 or not all(head in answer for head in HEADERS):
                broken.append((answer.status_code, action, what))
            transaction.set_rollback(True)
    for _ in range(ODD):
        page = chance.choice(pages)
        path, words = urlsplit(page.at).path, list(resolve(urlsplit(page.at).path).kwargs.values())
        how = chance.choice([each for each in VALUES if each not in ("megabyte", "five thousand digits")])
        asked = {
            chance.choice(["q", "sort", "page", "export", "from", "month", "year", "state", "next", "line", "letter"]): VALUES[
                how
            ]
        }
        odd = f"{path}?{urlencode(asked)}"
        if words and chance.random() < 0.4:
            odd = path.replace(f"/{words[-1]}/", f"/{chance.choice(IN_A_PATH)}/")
        if (answer := _get(client, odd)).status_code >= 500:
            broken.append((answer.status_code, odd[:120]))
    assert broken == []
