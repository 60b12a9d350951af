"""Questions and answers on the quote's page; an amendment says what it amends; a quote may be filled from a scenario."""

import pytest

from pleniere.accounts.rights import NotAllowed
from pleniere.allotment.models import Cell, Scenario, ScenarioCell
from pleniere.messaging.models import Message
from pleniere.quote.actions import CannotQuote, accept_quote, edit_quote, fill_quote, make_quote
from pleniere.quote.asking import answer_question, ask_question
from pleniere.quote.models import QuoteMessage
from pleniere.quote.papers import paper_of, quote_pdf
from pleniere.quote.queries import amended, conversation, unanswered

from .world import COFFEE, HALL, NOW, allotment, sent

pytestmark = pytest.mark.django_db


def test_a_question_is_asked_once_told_and_answered(w):
    quote, link = sent(w, HALL)
    ask_question(quote, "La TVA ?", key="a" * 32, by=link, at=NOW)
    ask_question(quote, "La TVA ?", key="a" * 32, by=link, at=NOW)
    assert QuoteMessage.objects.count() == 1
    assert [each.text for each in unanswered(type(w.congress).objects.all())] == ["La TVA ?"]
    answer_question(quote, "20 %", key="b" * 32, by=w.agent, at=NOW.replace(hour=12))
    assert [each.side for each in conversation(quote)] == ["ORGANISER", "OFFICE"]
    assert not unanswered(type(w.congress).objects.all()).exists()
    mail = Message.objects.get(template="quote/answered")
    assert mail.to == w.client.email
    assert "20 %" in mail.text


@pytest.mark.parametrize("text", ["", " ", "\x00", "x" * 2001])
def test_words_that_cannot_be_kept_are_refused(w, text):
    quote, link = sent(w, HALL)
    with pytest.raises(CannotQuote):
        ask_question(quote, text, key="a" * 32, by=link, at=NOW)


def test_each_side_speaks_for_itself(w):
    quote, link = sent(w, HALL)
    with pytest.raises(NotAllowed):
        answer_question(quote, "oui", key="a" * 32, by=link, at=NOW)
    with pytest.raises(NotAllowed):
        ask_question(quote, "oui", key="a" * 32, by=w.outsider, at=NOW)


def test_an_amendment_says_what_it_amends_and_has_its_own_yes(w):
    first, link = sent(w, HALL)
    assert amended(first) is None
    accept_quote(first, name="A. Roy", function="Présidente", seen=first.sha256, by=link, at=NOW)
    second, link = sent(w, HALL, COFFEE)
    assert amended(second) == first
    assert "Amendment" in paper_of(second)["title"]
    assert quote_pdf(second, strict=True).startswith(b"%PDF")
    accept_quote(second, name="A. Roy", function="Présidente", seen=second.sha256, by=link, at=NOW)
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, second.state) == ("SUPERSEDED", "ACCEPTED")
    assert amended(second) == first


def test_a_quote_is_filled_from_a_scenario_and_nothing_is_retained(w):
    allotment.ask(w)
    allotment.answer(w)
    cells = list(Cell.objects.exclude(rooms=None).exclude(price=None)[:2])
    facts = {"congress": w.congress, "request": cells[0].reply.invitation.request, "made_at": NOW, "made_by": "Sam"}
    scenario = Scenario.objects.create(name="A", **facts)
    for cell in cells:
        ScenarioCell.objects.create(scenario=scenario, cell=cell, rooms=5)
    quote = make_quote(w.congress, **w.by)
    edit_quote(quote, lines=[COFFEE], text="", valid_until=quote.valid_until, **w.by)
    fill_quote(quote, scenario=scenario, **w.by)
    lines = list(quote.lines.all())
    assert sum(line.quantity for line in lines if line.who == "DELEGATES") == 10
    assert lines[-1].label == COFFEE.label
    assert not w.congress.blocks.exists()
    other = Scenario(congress_id=w.congress.pk + 1)
    with pytest.raises(CannotQuote):
        fill_quote(quote, scenario=other, **w.by)
