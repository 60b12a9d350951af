"""The hotel's desk: it answers by its link, corrects, declines, comes too late."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.actions import prolong
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.models import Reply, Request
from pleniere.allotment.papers import paper_of
from pleniere.allotment.tests.world import make_user
from pleniere.allotment.tests.world import world as hotels
from pleniere.allotment.versions import versions
from pleniere.catalogue.actions import leave, make_contact
from pleniere.catalogue.models import Contact
from pleniere.messaging.models import Message

from .world import GRID, ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = hotels()
    w.phone = client
    return ask(w, w.adagio, w.terminus)


def send(w, words=GRID, **more):
    return w.phone.post(w.page, {**words, "act": "send", "seen": last(w), **more})


def last(w):
    reply = w.invitation.replies.filter(is_draft=False).order_by("-version").first()
    return str(reply.pk) if reply else ""


def cells(w):
    reply = w.invitation.replies.filter(is_draft=False).order_by("-version").first()
    return {(cell.room_type, cell.night): (cell.rooms, str(cell.price)) for cell in reply.cells.all()}


def past(w):
    """The deadline comes."""
    gone = timezone.now() - timedelta(hours=1)
    Request.objects.filter(pk=w.request.pk).update(deadline=gone, deadline_date=gone.date())


def test_no_get_opens_counts_or_changes_anything(w):
    for path in (w.page, w.page + "?correct=1", w.page.replace("/hotel/answer/", "/l/")):
        for method in (w.phone.get, w.phone.head):
            method(path)
    assert w.phone.get(w.page + "draft/").status_code == 405
    assert w.phone.get(w.page + "taken/").status_code == 405
    w.invitation.refresh_from_db()
    link = Link.objects.get(subject=f"allotment.Invitation:{w.invitation.pk}")
    assert (w.invitation.state, link.openings, Reply.objects.count()) == ("SENT", 0, 0)


def test_the_page_says_what_is_asked_and_what_a_price_is(w):
    page = w.phone.get(w.page).content.decode()
    assert "Combien de chambres" in page and w.request.number in page
    assert "pour une chambre et une nuit, TTC, petit déjeuner compris, taxe de séjour en plus" in page
    assert "8\u00a0%" in page, "our commission is said"
    assert "TERMINUS" not in page.upper(), "no other hotel is named"
    Request.objects.update(price_is="NET", with_breakfast=False)
    page = w.phone.get(w.page).content.decode()
    assert "prix net" in page and "sans petit déjeuner" in page


def test_the_answer_is_sent_shown_and_corrected_until_the_deadline(w):
    assert send(w).status_code == 302
    page = w.phone.get(w.page).content.decode()
    assert "30 × 105,75" in page and "Corriger ma réponse" in page
    assert 'id="answer"' not in page
    assert 'value="30"' in w.phone.get(w.page + "?correct=1").content.decode()
    assert send(w, {**GRID, "n:DOUBLE": "25"}).status_code == 302
    assert w.invitation.replies.count() == 2 and cells(w)["DOUBLE", w.nights[0]] == (25, "105.75")
    past(w)
    assert send(w, {**GRID, "n:DOUBLE": "99"}).status_code == 409
    assert cells(w)["DOUBLE", w.nights[0]] == (25, "105.75")


@pytest.mark.parametrize(
    ("rooms", "price", "understood"),
    [
        ("30", "12,50 €", (30, "12.50")),
        ("30 ch.", "1 050", (30, "1050.00")),
        ("0", "", (0, "None")),
        ("complet", "", (0, "None")),
        ("Complet", "98", (0, "None")),
        ("1e6", "98", None),
        ("1000000000000", "98", None),
        ("beaucoup", "98", None),
        ("٣٠", "98", (30, "98.00")),
        ("=1+1", "98", None),
        ("30", "1e3", None),
        ("30", "", None),
        ("30", "-5", None),
        ("30", "99999999", None),
        ("😀", "98", None),
        ("30", "12\u202e,50", None),
    ],
)
def test_what_is_typed_is_understood_or_questioned_never_swallowed(w, rooms, price, understood):
    response = send(w, {**GRID, "n:DOUBLE": rooms, "p:DOUBLE": price})
    if understood:
        assert response.status_code == 302 and cells(w)["DOUBLE", w.nights[0]] == understood
    else:
        assert response.status_code == 422 and not Reply.objects.filter(is_draft=False).exists()
        page = response.content.decode()
        assert "field__error" in page and "data-focus" in page
        assert w.invitation.replies.get(is_draft=True).typed["n:DOUBLE"] == rooms, "nothing typed is lost"


def test_a_price_is_given_once_with_exceptions_by_night(w):
    words = {"none:SINGLE": "on", "none:ACCESSIBLE": "on", "same:DOUBLE": "", "p:DOUBLE": "98"}
    for night in w.nights:
        words[f"n:DOUBLE:{night}"] = "10"
    words[f"p:DOUBLE:{w.nights[1]}"] = "120"
    assert send(w, words).status_code == 302
    assert [cells(w)["DOUBLE", night] for night in w.nights] == [(10, "98.00"), (10, "120.00"), (10, "98.00")]


@pytest.mark.parametrize("price", ["80/90", "80 90", "98 101 7"])
def test_two_numbers_are_no_price(w, price):
    assert send(w, {**GRID, "p:DOUBLE": price}).status_code == 422


def test_what_was_left_empty_and_an_odd_price_are_asked_back_once(w):
    words = {"same:DOUBLE": "", "p:DOUBLE": "9,50", f"n:DOUBLE:{w.nights[0]}": "10"}
    page = send(w, words)
    assert page.status_code == 422 and len(page.context["questions"]) == 2
    assert "single" in page.context["questions"][1]
    assert send(w, words, confirmed="on").status_code == 302
    assert list(cells(w)) == [("DOUBLE", w.nights[0])]


def test_a_night_is_copied_from_the_one_before_without_a_script(w):
    words = {"same:DOUBLE": "", f"n:DOUBLE:{w.nights[0]}": "10", f"p:DOUBLE:{w.nights[0]}": "98"}
    assert w.phone.post(w.page, {**words, "copy": f"DOUBLE:{w.nights[1]}"}).status_code == 302
    typed = w.invitation.replies.get(is_draft=True).typed
    assert (typed[f"n:DOUBLE:{w.nights[1]}"], typed[f"p:DOUBLE:{w.nights[1]}"]) == ("10", "98")
    for hostile in ("DOUBLE:9999-99-99", "DOUBLE:0001-01-01", "x" * 5000, ""):
        assert w.phone.post(w.page, {**words, "copy": hostile}).status_code == 302


def test_what_was_sent_is_a_pdf_and_each_version_is_compared_with_the_one_before(w):
    assert w.phone.get(w.page + "?export=answer").status_code == 404
    send(w)
    assert "versions, comparées" not in w.phone.get(w.page).content.decode()
    send(w, {**GRID, "n:DOUBLE": "25"})
    page = w.phone.get(w.page).content.decode()
    assert "2 versions, comparées" in page and "<del>30 ×" in page and "<ins>25 ×" in page
    first = w.phone.get(w.page + "?export=answer&version=1")
    assert first["Content-Type"] == "application/pdf" and first.content.startswith(b"%PDF")
    for wrong in ("7", "x", "99999999999"):
        assert w.phone.get(f"{w.page}?export=answer&version={wrong}").status_code in (200, 404)
    replies = list(w.invitation.replies.prefetch_related("cells"))
    found = versions(replies)
    assert [len(each.differences) for each in found] == [1, 0] and found[0].differences[0].last == w.nights[-1]
    words = str(paper_of(replies[0]))
    assert "105,75" in words or "105.75" in words


def test_two_taps_decline_with_the_reason(w):
    assert 'name="because" value="FULL"' in w.phone.get(w.page).content.decode()
    assert w.phone.post(w.page, {"because": "FULL"}).status_code == 302
    w.invitation.refresh_from_db()
    assert (w.invitation.state, w.invitation.decline_reason) == ("DECLINED", "Nous sommes complets ces nuits-là")


def test_a_blank_grid_asks_for_something(w):
    assert send(w, {}).status_code == 422


def test_more_rooms_than_the_house_has_is_asked_back_and_passes_on_a_yes(w):
    assert send(w, {**GRID, "n:DOUBLE": "300"}).status_code == 422
    assert send(w, {**GRID, "n:DOUBLE": "300"}, confirmed="on").status_code == 302


def test_each_night_may_differ(w):
    words = {"none:SINGLE": "on", "none:ACCESSIBLE": "on", "same:DOUBLE": ""}
    for n, night in enumerate(w.nights):
        words |= {f"n:DOUBLE:{night}": str(10 + n), f"p:DOUBLE:{night}": "98"}
    assert send(w, words).status_code == 302
    assert [cells(w)["DOUBLE", night][0] for night in w.nights] == [10, 11, 12]


def test_the_draft_is_kept_cell_by_cell_and_by_the_button(w):
    said = w.phone.post(w.page + "draft/", {"n:DOUBLE": "12"}).json()["saved"]
    assert re.search(r"\d\d:\d\d", said)
    w.phone.post(w.page + "draft/", {"p:DOUBLE": "98"})
    draft = w.invitation.replies.get(is_draft=True)
    assert draft.typed == {"n:DOUBLE": "12", "p:DOUBLE": "98"}
    page = w.phone.get(w.page).content.decode()
    assert 'value="12"' in page and 'value="98"' in page
    assert w.phone.post(w.page, {**GRID, "act": "draft"}).status_code == 302
    draft.refresh_from_db()
    assert draft.typed["n:DOUBLE"] == "30" and draft.is_draft
    w.invitation.refresh_from_db()
    assert w.invitation.state == "OPENED"


def test_a_correction_begins_with_what_stands(w):
    send(w)
    w.phone.post(w.page + "draft/", {"n:DOUBLE": "12"})
    typed = w.invitation.replies.get(is_draft=True).typed
    assert (typed["n:DOUBLE"], typed["p:DOUBLE"], typed["none:SINGLE"]) == ("12", "105,75 €", "on")


def test_a_draft_holds_no_field_that_is_not_asked_and_no_megabyte(w):
    words = {f"n:{'ABCDEFGHIJKL'[:n]}": "1" for n in range(1, 12)} | {"n:QUAD": "3", "x": "y", "n:DOUBLE:9999-12-31": "1"}
    w.phone.post(w.page + "draft/", {**words, "remarks": "é\x00" * 500_000, "n:DOUBLE": "9" * 1000})
    typed = w.invitation.replies.get(is_draft=True).typed
    assert set(typed) == {"remarks", "n:DOUBLE"} and len(typed["remarks"]) == 4000 and len(typed["n:DOUBLE"]) == 40


@pytest.mark.parametrize("held", ["9999-12-31", "2000-01-01", "2027-02-30", "demain", "\x00"])
def test_an_odd_hold_date_is_questioned(w, held):
    response = send(w, held_until=held)
    assert response.status_code == (302 if held == "\x00" else 422)


def test_two_browsers_answering_at_once_the_second_is_told(w):
    assert send(w).status_code == 302
    other = Client()
    late = {**GRID, "n:DOUBLE": "5", "act": "send", "seen": ""}
    response = other.post(w.page, late)
    assert response.status_code == 422 and "entre-temps" in response.content.decode()
    assert cells(w)["DOUBLE", w.nights[0]] == (30, "105.75")
    assert other.post(w.page, {**late, "confirmed": "on"}).status_code == 302
    assert cells(w)["DOUBLE", w.nights[0]] == (5, "105.75") and w.invitation.replies.count() == 2


def test_it_declines_with_a_reason_and_may_answer_all_the_same(w):
    assert w.phone.post(w.page, {"act": "decline", "reason": "Travaux\x00"}).status_code == 302
    w.invitation.refresh_from_db()
    assert (w.invitation.state, w.invitation.decline_reason) == ("DECLINED", "Travaux")
    assert "Travaux" in w.phone.get(w.page).content.decode()
    assert 'id="answer"' in w.phone.get(w.page + "?correct=1").content.decode()
    send(w)
    w.invitation.refresh_from_db()
    assert w.invitation.state == "ANSWERED"


def test_after_the_deadline_the_page_is_closed_keeps_the_draft_and_asks_for_days_once(w):
    w.phone.post(w.page + "draft/", {"n:DOUBLE": "12"})
    past(w)
    page = w.phone.get(w.page)
    assert page.status_code == 200 and "La date de réponse est passée" in page.content.decode()
    assert "Votre brouillon" in page.content.decode() and 'id="answer"' not in page.content.decode()
    for _twice in range(2):
        assert w.phone.post(w.page, {"act": "more"}).status_code == 302
    assert Message.objects.filter(template="allotment/more_time").count() == 1
    assert w.phone.post(w.page, {"act": "decline"}).status_code == 302
    w.invitation.refresh_from_db()
    assert w.invitation.state == "OPENED"
    prolong(w.request, deadline=timezone.now() + timedelta(days=2), by=SYSTEM, at=timezone.now())
    assert 'value="12"' in w.phone.get(w.page).content.decode()


def test_a_forged_or_foreign_token_is_not_found_and_an_ended_one_says_so(w):
    token = w.page.split("/")[3]
    other = link_for(w.request.invitations.get(supplier=w.terminus))
    for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), "1f-" + "0" * 32, "x", f"{other.pk:x}-{token.split('-')[1]}"):
        assert w.phone.get(f"/hotel/answer/{forged}/").status_code == 404
        assert w.phone.post(f"/hotel/answer/{forged}/", {**GRID, "act": "send"}).status_code == 404
    links.revoke(w.invitation, at=timezone.now())
    page = w.phone.get(w.page)
    assert page.status_code == 410 and "remplacé" in page.content.decode()
    assert w.phone.post(w.page, {**GRID, "act": "send"}).status_code == 410
    assert w.phone.post(w.page + "draft/", GRID).status_code == 410


def test_who_moves_to_another_hotel_no_longer_opens_the_former_one_s_request(w):
    sophie = Contact.objects.get(supplier=w.adagio)
    make_contact(w.adagio, name="Inès", email="ines@example.org", by=SYSTEM, at=timezone.now())
    leave(sophie, by=SYSTEM, at=timezone.now())
    make_contact(w.terminus, name="Sophie Marchand", email="sophie@example.org", by=SYSTEM, at=timezone.now())
    assert w.phone.get(w.page).status_code == 410
    w.phone.force_login(w.hana)
    assert w.phone.get(f"/hotel/requests/{w.invitation.pk}/").status_code == 404
    assert w.phone.get("/hotel/").status_code == 403
    w.phone.logout()
    for _twice in range(2):
        assert w.phone.post(w.page, {"act": "link"}).status_code == 410
    assert [mail.to for mail in Message.objects.filter(template="allotment/link")] == ["ines@example.org"]
    fresh = f"/hotel/answer/{links.token(link_for(w.invitation))}/"
    assert fresh != w.page and w.phone.get(fresh).status_code == 200


def test_a_signed_in_contact_sees_its_own_house_alone(w):
    w.phone.force_login(w.hana)
    home = w.phone.get("/hotel/").content.decode()
    assert "ADAGIO" in home and "TERMINUS" not in home.upper()
    mine = f"/hotel/requests/{w.invitation.pk}/"
    assert w.phone.post(mine, {**GRID, "act": "send", "seen": ""}).status_code == 302
    assert w.invitation.replies.get().by == "Hana" or w.invitation.replies.get().by
    theirs = w.request.invitations.get(supplier=w.terminus)
    for path in ("", "draft/", "taken/"):
        assert w.phone.post(f"/hotel/requests/{theirs.pk}/{path}", GRID).status_code == 404
    assert w.phone.get(f"/hotel/requests/{theirs.pk}/").status_code == 404
    outsider = Client()
    outsider.force_login(make_user("zoe@example.org"))
    assert outsider.get("/hotel/").status_code == 403 and outsider.get(mine).status_code == 404
