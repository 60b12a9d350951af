"""Registration opens when all it needs is there; the only thing that may be overridden is the quote, and it is traced."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from pleniere.accounts.models import Bureau, Trace
from pleniere.accounts.rights import NotAllowed
from pleniere.catalogue.models import BankAccount
from pleniere.congress import uses
from pleniere.congress.actions import (
    NotReady,
    PriceRow,
    Refused,
    close_enquiry,
    close_registration,
    congress_from,
    edit_congress,
    edit_enquiry,
    end_congress,
    make_audience,
    make_enquiry,
    make_offer,
    make_window,
    open_registration,
    set_method,
    set_prices,
)
from pleniere.congress.models import Congress, Enquiry
from pleniere.congress.opening import what_is_missing

from . import world as made
from .world import DAY, ENDS, NOW, STARTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    with override("en"):
        yield made.congress()


def codes(congress, *, blocks=True):
    return [each.code for each in what_is_missing(congress, at=NOW) if each.blocks == blocks]


def test_a_bare_congress_says_all_that_is_missing():
    w = made.congress(full=False)
    Bureau.objects.update(mediator="")
    missing = codes(made.reload(w))
    assert missing == ["bureau", "quote", "offers", "method", "terms", "text"]
    with pytest.raises(NotReady) as refused:
        open_registration(w.congress, by=w.agent, at=NOW)
    assert len(refused.value.missing) == 6
    assert made.reload(w).state == "PREPARED"


def test_a_ready_congress_waits_for_the_quote_alone(w):
    assert codes(made.reload(w)) == ["quote"]


def test_it_opens_once_the_quote_is_accepted_and_a_repeat_is_harmless(w, monkeypatch):
    monkeypatch.setattr(uses, "quote_accepted", lambda congress: True)
    assert open_registration(w.congress, by=w.agent, at=NOW) is True
    assert open_registration(w.congress, by=w.agent, at=NOW) is False
    assert made.reload(w).is_open(NOW)
    assert Trace.objects.filter(verb="congress.opened").count() == 1


def test_without_quote_a_team_lead_opens_with_a_reason_and_an_agent_does_not(w):
    with pytest.raises(NotAllowed):
        open_registration(w.congress, by=w.agent, at=NOW, override="le devis suit")
    open_registration(w.congress, by=w.lead, at=NOW, override="le devis suit")
    trace = Trace.objects.get(verb="congress.opened")
    assert (trace.reason, trace.after["without_quote"], trace.actor) == ("le devis suit", True, "Lea")


def test_no_override_replaces_what_the_law_asks(w):
    Bureau.objects.update(guarantor="")
    with pytest.raises(NotReady, match="guarantor"):
        open_registration(w.congress, by=w.lead, at=NOW, override="vite")


def test_transfers_need_an_approved_account_of_the_house(w):
    set_method(w.congress, "TRANSFER", **w.by)
    assert "account" in codes(made.reload(w))
    facts = {"holder": "Bureau", "iban": "FR7630006000011234567890189", "iban_fingerprint": "x", "proposed_at": NOW}
    account = BankAccount.objects.create(supplier=w.house, **facts)
    said = next(each.text for each in what_is_missing(made.reload(w), at=NOW) if each.code == "account")
    assert "second person" in said
    BankAccount.objects.filter(pk=account.pk).update(approved_at=NOW, approved_by=w.lead)
    assert "account" not in codes(made.reload(w))


def test_what_must_be_taken_has_a_price_for_each_who_must_take_it(w):
    student = make_audience(w.congress, "student", name={"fr": "Étudiant", "en": "Student"}, proof="AGENT", **w.by)
    early = make_window(w.congress, "early", name={"fr": "Précoce"}, closes=NOW.date() + 30 * DAY, **w.by)
    rows = [PriceRow(Decimal("72"), audience=w.delegate), PriceRow(Decimal("30"), audience=student, window=early)]
    set_prices(w.congress, w.fee_service.rates.get(), rows, **w.by)
    w.fee.audiences.add(student)
    missing = [each for each in what_is_missing(made.reload(w), at=NOW) if each.code == "price"]
    assert [each.text for each in missing] == [
        "DROITINSCR has no price for “Student” ordered from 10\u00a0February\u00a02027 on."
    ]
    assert missing[0].blocks and missing[0].pk == w.fee.pk


def test_what_we_sell_in_our_own_name_is_bought_at_a_known_price(w):
    supper = made.service(w.caterer, "DINER", "EVENING")
    make_offer(w.meals, supper, day=STARTS, prices=[PriceRow(Decimal("30"))], **w.by)
    assert "price" in codes(made.reload(w))
    set_prices(w.congress, supper.rates.get(), [PriceRow(Decimal("22"))], side="BUY", **w.by)
    assert "price" not in codes(made.reload(w))


def test_a_text_in_one_language_is_advice_and_blocks_nothing(w):
    edit_congress(w.congress, title={"fr": "Séminaire"}, **w.by)
    assert codes(made.reload(w), blocks=False) == ["words"]


def test_past_dates_do_not_open(w):
    missing = [each.code for each in what_is_missing(w.congress, at=NOW + timedelta(days=400))]
    assert "dates" in missing


def test_closing_and_the_end(w):
    open_registration(w.congress, by=w.lead, at=NOW, override="le devis suit")
    assert close_registration(w.congress, by=w.agent, at=NOW) is True
    assert not made.reload(w).is_open(NOW)
    open_registration(w.congress, by=w.lead, at=NOW, override="encore")
    with pytest.raises(Refused, match="last day"):
        end_congress(w.congress, by=w.agent, at=NOW)
    assert end_congress(w.congress, by=w.agent, at=NOW + timedelta(days=120)) is True
    assert made.reload(w).state == "OVER"


def test_a_congress_comes_from_its_enquiry(w):
    facts = {"contact": "Société savante", "email": "s@example.org", "starts": STARTS, "ends": ENDS, "heads": 300}
    enquiry = make_enquiry("Congrès des sociétés", **facts, **w.by)
    edit_enquiry(enquiry, next_step="Rappeler", **w.by)
    congress = congress_from(enquiry, "css2027", **w.by)
    enquiry.refresh_from_db()
    assert (congress.starts, congress.organiser.company) == (STARTS, "Société savante")
    assert (enquiry.state, enquiry.organiser) == ("PROPOSED", congress.organiser)
    Congress.objects.filter(pk=congress.pk).update(state="OPEN")
    with pytest.raises(Refused, match="won"):
        close_enquiry(enquiry, won=False, why="non", **w.by)


def test_an_enquiry_is_lost_with_a_reason(w):
    enquiry = make_enquiry("Congrès", **w.by)
    with pytest.raises(Refused, match="Why"):
        close_enquiry(enquiry, won=False, why=" ", **w.by)
    close_enquiry(enquiry, won=False, why="Trop cher", **w.by)
    assert Enquiry.objects.get().state == "LOST"
    with pytest.raises(Refused, match="dates"):
        congress_from(enquiry, "x", **w.by)
    with pytest.raises(NotAllowed):
        make_enquiry("x", by=w.outsider, at=NOW)
