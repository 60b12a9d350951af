"""A hotel's answer at the office: typed in for it, its papers, its link."""

import uuid

import pytest
from django.test import Client

from pleniere.accounts import links
from pleniere.allotment.actions.asking import link_for
from pleniere.messaging.models import Message

from .asking import asked_and_answered, desk, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    return desk(client)


def test_the_link_of_a_hotel_that_answered_is_sent_again_with_a_letter_of_its_own(w):
    asked = asked_and_answered(w)
    invitation = asked.invitations.get(supplier=w.adagio)
    url = f"{w.url}{asked.number}/answers/{invitation.pk}/link/"
    page = w.desk.get(url)
    assert "Voici la page de ADAGIO" in page.content.decode()
    before = Message.objects.count()
    data = {"to": w.adagio.contacts.get().pk, "key": str(uuid.uuid4())}
    assert w.desk.post(url, {**data, "look": "1"}).status_code == 200
    assert Message.objects.count() == before
    for _twice in range(2):
        assert w.desk.post(url, data).status_code == 302
    mail = Message.objects.get(template="allotment/page")
    assert mail.to == "sophie@example.org" and links.url(link_for(invitation)) in mail.text
    invitation.refresh_from_db()
    assert invitation.state == "ANSWERED"


def test_a_link_that_went_round_is_replaced_and_the_former_one_ends(w):
    asked = asked_and_answered(w)
    invitation = asked.invitations.get(supplier=w.adagio)
    former = link_for(invitation)
    data = {"to": w.adagio.contacts.get().pk, "key": str(uuid.uuid4()), "replace": "on"}
    w.desk.post(f"{w.url}{asked.number}/answers/{invitation.pk}/link/", data)
    assert Client().get(f"/hotel/answer/{links.token(former)}/").status_code == 410
    assert link_for(invitation).pk != former.pk


def test_an_answer_by_phone_is_marked_with_who_and_from_what_and_the_hotel_sees_it(w):
    asked = send(w)
    invitation = asked.invitations.get(supplier=w.terminus)
    url = f"{w.url}{asked.number}/answers/{invitation.pk}/"
    words = {"via": "PHONE", "same:DOUBLE": "on", "n:DOUBLE": "14", "p:DOUBLE": "98", "none:ACCESSIBLE": "on", "name": "M. Roux"}
    assert w.desk.post(url, {**words, "p:DOUBLE": "beaucoup"}).status_code == 422
    assert w.desk.post(url, {**words, "n:DOUBLE": "140"}).status_code == 422, "more than the house has: asked back"
    assert w.desk.post(url, words).status_code == 302
    reply = invitation.replies.get()
    assert (reply.via, reply.by) == ("PHONE", "Sam") or reply.by.startswith("sam@")
    page = Client().get(f"/hotel/answer/{links.token(link_for(invitation))}/").content.decode()
    assert "98,00" in page and "par téléphone" in page.lower()
    assert Message.objects.filter(template="allotment/received", to="terminus@example.org").count() == 1


def test_the_pdf_an_answer_came_from_is_kept_for_the_office_alone(w, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    from django.core.files.uploadedfile import SimpleUploadedFile

    asked = send(w)
    invitation = asked.invitations.get(supplier=w.terminus)
    url = f"{w.url}{asked.number}/answers/{invitation.pk}/"
    words = {"via": "PDF", "same:DOUBLE": "on", "n:DOUBLE": "14", "p:DOUBLE": "98", "none:ACCESSIBLE": "on"}
    assert w.desk.post(url, {**words, "source": SimpleUploadedFile("x.pdf", b"MZ\x00\x01\x02")}).status_code == 422
    assert w.desk.post(url, {**words, "source": SimpleUploadedFile("x.pdf", b"%PDF-1.4 offer")}).status_code == 302
    file = invitation.replies.get().source
    where = f"/office/congresses/{w.congress.code}/answer-files/{file.pk}/"
    assert b"".join(w.desk.get(where).streaming_content) == b"%PDF-1.4 offer"
    olga = Client()
    olga.force_login(w.olga)
    assert olga.get(where).status_code == 404
    assert olga.get(f"/office/congresses/{w.other.code}/answer-files/{file.pk}/").status_code == 404


def test_a_refusal_by_phone_is_written_down_and_not_once_rooms_are_retained(w):
    asked = send(w)
    invitation = asked.invitations.get(supplier=w.rives)
    w.desk.post(f"{w.url}{asked.number}/answers/{invitation.pk}/refusal/", {"reason": "Complet\x00"})
    invitation.refresh_from_db()
    assert (invitation.state, invitation.decline_reason) == ("DECLINED", "Complet")
