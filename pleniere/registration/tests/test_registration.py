"""The form's own rules: what blocks, what is found, what the buyer keeps."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import Buyer, PersonFacts, drop_lines, take_offer
from pleniere.booking.tests.world import BUYER, leaflet_booking, make_cart, rate_of, seminar
from pleniere.catalogue.models import Terms, TouristTax
from pleniere.common.nights import Stay
from pleniere.messaging.models import Job, Message
from pleniere.registration import search
from pleniere.registration.actions import NotComplete, place_order, save_drafts
from pleniere.registration.models import Draft
from pleniere.registration.papers import calendar_file, confirmation_pdf, summary_of
from pleniere.registration.tasks import tell_buyer
from pleniere.registration.visit import look
from pleniere.stock.queries import free

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return seminar(rooms=3)


def take(world, booking, offer, persons):
    facts = {"start": offer.starts or world.congress.starts, "end": offer.ends or world.congress.ends}
    take_offer(booking, offer, rate_of(offer), **facts, persons=persons, by=SYSTEM, at=world.now)


def test_the_compulsory_fee_and_one_evening_block_the_order_and_say_for_whom(world):
    booking, people = make_cart(world, PersonFacts(last_name="Un"), PersonFacts(last_name="Deux", companion_of=0))
    visit = look(booking)
    assert visit.stage("contact").shut_by and not visit.stage("fee").is_done
    assert any("Un" in problem and "Deux" not in problem for problem in visit.stage("fee").problems)
    with pytest.raises(NotComplete):
        place_order(booking, buyer=BUYER, method=world.method["TRANSFER"], terms=world.terms, shown=D(0), by=SYSTEM, at=world.now)
    take(world, booking, world.fee, people[:1])
    take(world, booking, world.free["SOIRCORBU"], people[:1])
    visit = look(booking)
    assert not visit.problems and visit.stage("contact").shut_by == ""
    assert visit.total == D("60.00")


def test_the_board_lunch_is_shown_to_nobody_who_is_not_of_the_board(world):
    booking, _ = make_cart(world)
    assert look(booking).admitted(world.board_lunch) == []


def test_the_search_counts_rooms_by_the_scarcest_night_and_names_the_full_one(world):
    plan, on = look(make_cart(world)[0]).plan, world.now.date()
    wish = search.Wish(Stay(world.arrival, world.departure))
    found = search.find(plan, plan.offers.values(), wish, free(world.congress), audience=None, on=on)
    assert [(hotel.from_price, hotel.left) for hotel in found] == [(D("105.75"), 3)]
    for _ in range(3):
        other, people = make_cart(world)
        take_offer(
            other,
            world.room,
            world.room_rate,
            start=world.arrival,
            end=world.arrival + timedelta(days=1),
            persons=people,
            by=SYSTEM,
            at=world.now,
        )
    (hotel,) = search.find(plan, plan.offers.values(), wish, free(world.congress), audience=None, on=on)
    assert hotel.left == 0 and hotel.full_on == [world.arrival]


def test_the_random_order_is_stable_for_a_visitor(world):
    plan = look(make_cart(world)[0]).plan
    wish = search.Wish(Stay(world.arrival, world.departure))
    found = search.find(plan, plan.offers.values(), wish, free(world.congress), audience=None, on=world.now.date())
    orders = [search.arranged(found, "random", visitor="v") for _ in range(3)]
    assert orders[0] == orders[1] == orders[2]


def test_words_are_kept_as_typed_and_the_last_left_wins(world):
    booking, _ = make_cart(world)
    save_drafts(booking, {"contact.email": "a@example.org", "comment": "é\x00" * 5000}, at=world.now)
    save_drafts(booking, {"contact.email": "b@example.org"}, at=world.now)
    kept = dict(Draft.objects.values_list("field", "value"))
    assert kept["contact.email"] == "b@example.org" and len(kept["comment"]) == 4000 and "\x00" not in kept["comment"]


def test_an_order_is_told_once_with_its_papers(world):
    booking, people = make_cart(world)
    take(world, booking, world.fee, people)
    take(world, booking, world.free["SOIRCORBU"], people)
    facts = {
        "buyer": BUYER,
        "method": world.method["TRANSFER"],
        "terms": world.terms,
        "shown": D("60.00"),
        "by": SYSTEM,
        "at": world.now,
    }
    first = place_order(booking, **facts)
    again = place_order(booking, **facts)
    assert first.pk == again.pk and first.number == again.number
    job = Job.objects.get(task="pleniere.registration.tasks.tell_buyer")
    tell_buyer(booking.pk, job=job)
    tell_buyer(booking.pk, job=job)
    message = Message.objects.get(template="registration/confirmation")
    assert message.to == BUYER.email and "60,00" in message.text and message.attachments.count() == 2


def test_the_papers_say_what_the_page_says(world):
    TouristTax.objects.create(town="Saint-Étienne", lodging_class="3", since=world.now.date(), amount=D("1.65"))
    booking = leaflet_booking(world)
    summary = summary_of(booking)
    assert summary.total == D("296.50") and summary.tourist_tax == D("3.30")
    (payer,) = summary.payers
    assert (payer.total, payer.paid, payer.due_now) == (D("296.50"), D("0.00"), D("296.50"))
    assert calendar_file(booking).count(b"BEGIN:VEVENT") == 7
    assert confirmation_pdf(booking).startswith(b"%PDF")


def with_deposit(world):
    """30 % at the order, the rest on 1 March."""
    terms = Terms.objects.create(name="30 %")
    terms.clauses.create(verb="DUE", start="ORDER", percent=D(30))
    terms.clauses.create(verb="DUE", start="DATE", on=world.congress.starts - timedelta(days=30), percent=D(100))
    world.congress.terms = terms
    world.congress.save()


def test_where_the_terms_have_a_deposit_every_paper_asks_it_and_says_when_the_rest_is_due(world):
    with_deposit(world)
    booking, people = make_cart(world)
    take(world, booking, world.fee, people)
    take(world, booking, world.free["SOIRCORBU"], people)
    visit = look(booking, at=world.now)
    assert (visit.due, visit.due_now) == (D("60.00"), D("18.00"))
    facts = {"buyer": BUYER, "method": world.method["TRANSFER"], "terms": world.terms, "shown": D("60.00")}
    place_order(booking, **facts, by=SYSTEM, at=world.now)
    (payer,) = summary_of(booking).payers
    assert payer.due_now == D("18.00") and payer.later == [(world.congress.starts - timedelta(days=30), D("42.00"))]
    tell_buyer(booking.pk, job=Job.objects.get(task="pleniere.registration.tasks.tell_buyer"))
    message = Message.objects.get(template="registration/confirmation")
    for body in (message.text, message.html):
        said = body.replace("\xa0", " ").replace("&nbsp;", " ")
        assert "18,00 € à payer maintenant" in said and "Puis 42,00 € pour le" in said


def test_a_free_compulsory_item_dropped_in_another_tab_is_still_missed(world):
    booking, people = make_cart(world)
    take(world, booking, world.fee, people)
    take(world, booking, world.free["SOIRCORBU"], people)
    read = look(booking)
    evening = booking.lines.get(offer=world.free["SOIRCORBU"])
    drop_lines(booking, [evening.pk], by=SYSTEM, at=world.now)  # the total stays 60.00
    facts = {"buyer": BUYER, "method": world.method["TRANSFER"], "terms": world.terms, "shown": D("60.00"), "visit": read}
    with pytest.raises(NotComplete):
        place_order(booking, **facts, by=SYSTEM, at=world.now)
    booking.refresh_from_db()
    assert booking.placed_at is None and not Job.objects.exists()


def test_an_order_by_card_is_told_as_on_its_way_and_greets_who_ordered(world):
    booking, people = make_cart(world)
    take(world, booking, world.fee, people)
    take(world, booking, world.free["SOIRCORBU"], people)
    buyer = Buyer(kind="COMPANY", company="CNRS", first_name="Claire", last_name="Vuillermoz", email="claire@example.org")
    facts = {"buyer": buyer, "method": world.method["CARD"], "terms": world.terms, "shown": D("60.00")}
    place_order(booking, **facts, by=SYSTEM, at=world.now)
    tell_buyer(booking.pk, job=Job.objects.get(task="pleniere.registration.tasks.tell_buyer"))
    message = Message.objects.get(template="registration/confirmation")
    for body in (message.text, message.html):
        said = body.replace("\xa0", " ").replace("&nbsp;", " ")
        assert "60,00 € par carte" in said and "Bonjour Claire Vuillermoz" in said
        assert "à payer maintenant" not in said and "gardées jusqu" not in said and "reste à payer" not in said
