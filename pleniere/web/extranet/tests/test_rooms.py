"""What a hotel does with its rooms on sale, from its page: gives more, asks some back, stops a night; and what it is paid."""

import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import File, Link
from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.actions import (
    CannotPropose,
    Taken,
    accept_proposal,
    offer_rooms,
    refuse_proposal,
    release_block,
    retain,
    send_reply,
)
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.actions.sharing import MOST_FILES
from pleniere.allotment.models import Paper, Proposal, Release
from pleniere.allotment.tests.world import world as hotels
from pleniere.catalogue.models import Contact, Contract
from pleniere.congress.models import Price
from pleniere.messaging.models import Message
from pleniere.payout.models import Payout
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit

from .world import GRID, ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    """Ten doubles of the Adagio kept on each of three nights, at 105.75."""
    w = hotels()
    ask(w, w.adagio, w.terminus)
    w.phone = client
    w.link = link_for(w.invitation)
    reply = send_reply(w.invitation, typed=GRID, by=w.link, at=timezone.now())
    wanted = {("DOUBLE", night): Taken(10, Decimal("105.75")) for night in w.nights}
    w.block = retain(reply, wanted, contract=w.adagio.contracts.get(), key="k", by=w.sam, at=timezone.now())
    w.rooms = w.page + "rooms/"
    return w


def form(w, act, **more):
    facts = {"room_type": "DOUBLE", "first": str(w.nights[0]), "last": str(w.nights[-1]), "rooms": "5", "key": str(uuid.uuid4())}
    return {**facts, "act": act, **more}


def granted():
    return sorted(StockDay.objects.values_list("granted", flat=True))


def sold_at(w):
    return set(Price.objects.filter(congress=w.congress, side="SELL").values_list("amount", flat=True))


def test_more_rooms_at_the_agreed_price_are_on_sale_at_once_and_once(w):
    page = w.phone.get(w.rooms).content.decode()
    assert "105,75" in page and "Donner plus de chambres" in page
    said = form(w, "give", price="105,75")
    for _twice in range(2):
        assert w.phone.post(w.rooms, said).status_code == 302
    assert granted() == [15, 15, 15]
    assert Message.objects.filter(template="allotment/proposal_office").count() == 1
    assert Proposal.objects.get().state == "ACCEPTED"


def test_more_of_what_the_bureau_buys_waits_for_its_yes(w):
    Contract.objects.filter(supplier=w.adagio).update(mode="OWN", commission=0)
    Price.objects.filter(congress=w.congress).update(side="BUY")
    page = w.phone.get(w.rooms).content.decode()
    assert "Le bureau achète ces chambres" in page and "105,75" in page
    assert w.phone.post(w.rooms, form(w, "give")).status_code == 302
    proposal = Proposal.objects.get()
    assert proposal.state == "OPEN" and proposal.price is None and granted() == [10, 10, 10]
    accept_proposal(proposal, by=w.sam, at=timezone.now())
    assert granted() == [15, 15, 15]
    assert set(Price.objects.values_list("side", "amount")) == {("BUY", Decimal("105.75"))}, "the prices stand as agreed"


def test_another_price_waits_for_the_bureau_which_says_yes_or_no(w):
    assert w.phone.post(w.rooms, form(w, "give", price="120", last=str(w.nights[0]))).status_code == 302
    assert granted() == [10, 10, 10] and sold_at(w) == {Decimal("105.75")}
    w.phone.force_login(w.sam)
    desk = f"/office/congresses/{w.congress.code}/requests/"
    assert "attendent votre réponse" in w.phone.get(desk + "blocks/").content.decode()
    proposal = Proposal.objects.get()
    for _twice in range(2):
        assert w.phone.post(f"{desk}proposals/{proposal.pk}/", {"accept": "1"}).status_code == 302
    assert granted() == [10, 10, 15] and sold_at(w) == {Decimal("105.75"), Decimal("120.00")}
    assert Message.objects.filter(template="allotment/proposal").count() == 1
    w.phone.post(w.rooms, form(w, "give", price="300"))
    refuse_proposal(Proposal.objects.first(), why="Trop cher", by=w.sam, at=timezone.now())
    assert granted() == [10, 10, 15]
    assert "Trop cher" in Client().get(w.rooms).content.decode()


def test_rooms_asked_back_go_when_the_bureau_agrees(w):
    assert w.phone.post(w.rooms, form(w, "back", rooms="4")).status_code == 302
    assert granted() == [10, 10, 10]
    accept_proposal(Proposal.objects.get(), by=w.sam, at=timezone.now())
    assert granted() == [6, 6, 6] and Release.objects.get().room_nights == 12


def test_after_the_cutoff_there_is_nothing_to_ask_back(w):
    type(w.block).objects.update(cutoff=timezone.localdate())
    page = w.phone.post(w.rooms, form(w, "back"))
    assert page.status_code == 422 and not Proposal.objects.exists()


def test_sales_of_a_night_stop_only_where_the_contract_lets_the_hotel(w):
    stop = {"act": "stop", "night": str(w.nights[1]), "key": str(uuid.uuid4())}
    w.phone.post(w.rooms, stop)
    assert granted() == [10, 10, 10]
    Contract.objects.filter(supplier=w.adagio).update(stops_sales=True)
    assert "Arrêter les ventes" in w.phone.get(w.rooms).content.decode()
    for _twice in range(2):
        assert w.phone.post(w.rooms, stop).status_code == 302
    assert granted() == [0, 10, 10] and Release.objects.count() == 1
    for hostile in ("", "x", "0000-00-00", "9999-12-31", "2" * 5000):
        assert w.phone.post(w.rooms, {**stop, "night": hostile}).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"rooms": "0"},
        {"rooms": "1e6"},
        {"rooms": "501"},
        {"room_type": "SUITE"},
        {"first": "2020-01-01"},
        {"price": "abc"},
        {"price": "-1"},
        {"last": "9999-99-99"},
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(w, wrong):
    assert w.phone.post(w.rooms, form(w, "give", **wrong)).status_code == 422
    assert not Proposal.objects.exists() and granted() == [10, 10, 10]


def test_another_hotel_and_another_congress_s_agent_do_nothing_here(w):
    other = w.request.invitations.get(supplier=w.terminus)
    theirs = f"/hotel/answer/{links.token(link_for(other))}/rooms/"
    assert "105,75" not in w.phone.get(theirs).content.decode()
    assert w.phone.post(theirs, form(w, "give")).status_code == 422
    w.phone.post(w.rooms, form(w, "give", price="120"))
    proposal = Proposal.objects.get()
    w.phone.force_login(w.olga)
    assert (
        w.phone.post(f"/office/congresses/{w.congress.code}/requests/proposals/{proposal.pk}/", {"accept": "1"}).status_code
        == 404
    )
    w.phone.force_login(w.hugo)
    assert w.phone.get(f"/hotel/requests/{w.invitation.pk}/rooms/").status_code == 404
    w.phone.force_login(w.hana)
    assert w.phone.get(f"/hotel/requests/{w.invitation.pk}/rooms/").status_code == 200


def test_what_the_hotel_is_paid_is_told_with_its_date_and_no_other_s(w):
    facts = {"congress": w.congress, "made_at": timezone.now(), "made_by": "x"}
    day = timezone.localdate()
    Payout.objects.create(
        **facts, end_to_end="ADAGIO-PAID", supplier=w.adagio, amount=Decimal("1234.50"), state="EXECUTED", executed_on=day
    )
    Payout.objects.create(**facts, end_to_end="ADAGIO-DRAFT", supplier=w.adagio, amount=Decimal("77.00"))
    Payout.objects.create(**facts, end_to_end="TERMINUS-PAID", supplier=w.terminus, amount=Decimal("555.00"), state="EXECUTED")
    page = w.phone.get(w.rooms).content.decode()
    assert "ADAGIO-PAID" in page and "1\u202f234,50" in page.replace("\u00a0", "\u202f")
    assert "ADAGIO-DRAFT" not in page and "TERMINUS-PAID" not in page


def test_nothing_is_proposed_for_a_type_not_on_sale(w):
    with pytest.raises(CannotPropose):
        offer_rooms(
            w.invitation, room_type="SINGLE", first=w.nights[0], last=w.nights[0], rooms=1, key="z", by=SYSTEM, at=timezone.now()
        )


# -- what it adds, and to whom it hands its page on ---------------------------------------------------------------------


def pdf(name="contrat.pdf", content=b"%PDF-1.4\ntrailer<<>>\n%%EOF"):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def test_a_contract_is_added_read_by_the_office_alone_and_taken_back(w, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for _twice in range(2):
        assert w.phone.post(w.page + "papers/", {"file": pdf()}).status_code == 302
    paper = Paper.objects.get()
    assert "contrat.pdf" in w.phone.get(w.page).content.decode()
    assert w.phone.get(f"{w.page}papers/{paper.pk}/").getvalue().startswith(b"%PDF")
    other = w.request.invitations.get(supplier=w.terminus)
    theirs = f"/hotel/answer/{links.token(link_for(other))}/"
    assert w.phone.get(f"{theirs}papers/{paper.pk}/").status_code == 404
    w.phone.post(theirs + "papers/", {"drop": paper.pk})
    assert Paper.objects.exists()
    desk = f"/office/congresses/{w.congress.code}/requests/{w.request.number}/answers/{w.invitation.pk}/"
    assert w.phone.get(f"{desk}papers/{paper.pk}/").status_code in (302, 404)
    w.phone.force_login(w.sam)
    assert "contrat.pdf" in w.phone.get(desk).content.decode()
    assert w.phone.get(f"{desk}papers/{paper.pk}/").getvalue().startswith(b"%PDF")
    w.phone.post(w.page + "papers/", {"drop": str(paper.pk)})
    assert not Paper.objects.exists()


def test_files_added_and_taken_back_again_and_again_come_to_an_end(w, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for n in range(MOST_FILES):
        w.phone.post(w.page + "papers/", {"file": pdf(content=b"%%PDF-1.4\n%d" % n)})
        w.phone.post(w.page + "papers/", {"drop": str(Paper.objects.get().pk)})
    page = w.phone.post(w.page + "papers/", {"file": pdf(content=b"%PDF-1.4\none more")}, follow=True)
    assert not Paper.objects.exists() and File.objects.count() == MOST_FILES and list(page.context["messages"])


@pytest.mark.parametrize("bad", [b"", b"MZ\x00\x01\x02", b"<html></html>"])
def test_what_is_no_paper_is_refused_with_its_reason(w, bad, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = w.phone.post(w.page + "papers/", {"file": pdf(content=bad)}, follow=True)
    assert page.status_code == 200 and not Paper.objects.exists() and list(page.context["messages"])
    assert w.phone.post(w.page + "papers/", {}, follow=True).status_code == 200


def test_a_page_is_handed_on_by_a_link_of_its_own_that_the_office_sees_and_ends(w):
    before = Message.objects.count()
    for _twice in range(2):
        assert w.phone.post(w.page + "colleagues/", {"to": "Night@Adagio.example"}).status_code == 302
    assert Message.objects.count() == before + 1
    link = Link.objects.get(holder="night@adagio.example")
    assert links.url(link) in Message.objects.latest("pk").text
    theirs = f"/hotel/answer/{links.token(link)}/"
    assert Client().get(theirs).status_code == 200
    w.phone.force_login(w.sam)
    desk = f"/office/congresses/{w.congress.code}/requests/{w.request.number}/answers/{w.invitation.pk}/"
    assert "night@adagio.example" in w.phone.get(desk).content.decode()
    assert w.phone.post(desk + "link/", {"end": link.pk}).status_code == 302
    assert Client().get(theirs).status_code == 410 and Client().get(w.page).status_code == 200
    w.phone.force_login(w.olga)
    assert w.phone.post(desk + "link/", {"end": w.link.pk}).status_code == 404


def test_a_link_is_no_way_to_write_to_the_world(w):
    for n in range(8):
        w.phone.post(w.page + "colleagues/", {"to": f"n{n}@example.org"})
    for bad in ("", "x", "a@b\n.c", "x" * 5000):
        assert w.phone.post(w.page + "colleagues/", {"to": bad}).status_code == 302
    assert Link.objects.exclude(holder="").count() == 5


def test_the_cutoff_passes_while_the_page_is_open_and_what_is_sent_then_is_answered_in_words(w):
    Contract.objects.filter(supplier=w.adagio).update(stops_sales=True)
    assert "Arrêter les ventes" in w.phone.get(w.rooms).content.decode()
    release_block(w.block, key="cutoff", is_cutoff=True, by=SYSTEM, at=timezone.now())
    assert granted() == [0, 0, 0]
    answer = w.phone.post(w.rooms, form(w, "back", rooms="4"))
    assert answer.status_code == 422 and "La rétrocession a eu lieu" in answer.content.decode()
    stop = {"act": "stop", "night": str(w.nights[1]), "key": str(uuid.uuid4())}
    assert w.phone.post(w.rooms, stop, follow=True).status_code == 200
    assert w.phone.post(w.rooms, form(w, "give"), follow=True).status_code in (200, 422)
    assert w.phone.get(w.page).status_code == 200 and not audit()
    assert Release.objects.count() == 1 and not Proposal.objects.filter(kind="BACK").exists()


def test_one_contact_of_two_hotels_sees_both_and_neither_link_opens_the_other(w):
    Contact.objects.create(supplier=w.terminus, user=w.hana, name="Hana Novak", email="hana@example.org")
    other = w.request.invitations.get(supplier=w.terminus)
    w.phone.force_login(w.hana)
    home = w.phone.get("/hotel/").content.decode()
    assert "ADAGIO" in home and "Terminus" in home
    for invitation in (w.invitation, other):
        assert w.phone.get(f"/hotel/requests/{invitation.pk}/").status_code == 200
    send_reply(other, typed={**GRID, "n:DOUBLE": "7"}, by=w.hana, at=timezone.now())
    assert w.invitation.replies.filter(is_draft=False).count() == 1, "an answer of one house is none of the other's"
    alone = Client().get(w.page).content.decode()
    assert "ADAGIO" in alone and "Terminus" not in alone
    Contact.objects.filter(user=w.hana, supplier=w.terminus).update(left_at=timezone.now())
    assert w.phone.get(f"/hotel/requests/{other.pk}/").status_code == 404
    assert w.phone.get(f"/hotel/requests/{w.invitation.pk}/").status_code == 200
