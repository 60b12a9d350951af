"""A quote: built from what is retained, frozen when sent, answered by a person with a name."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from pleniere.accounts import links
from pleniere.accounts.models import Client, Trace
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.tests.world import make_service, make_supplier
from pleniere.catalogue.models import Contract
from pleniere.congress import uses
from pleniere.congress.actions import PriceRow, make_offer, make_step
from pleniere.messaging.models import Message
from pleniere.quote.actions import (
    CannotQuote,
    NotOpen,
    OtherVersion,
    edit_quote,
    expire_quote,
    fill_quote,
    make_quote,
    record_acceptance,
    refuse_quote,
    send_quote,
)
from pleniere.quote.letters import preview
from pleniere.quote.models import Quote
from pleniere.quote.papers import paper_of, quote_pdf
from pleniere.quote.queries import differences, view_of
from pleniere.quote.retained import LineFacts
from pleniere.quote.tests.world import COFFEE, HALL, NOW, live, retain, sent, yes
from pleniere.stock.places import set_places

pytestmark = pytest.mark.django_db


def test_the_first_draft_holds_the_rooms_retained_at_the_price_they_are_sold_at(w):
    retain(w)
    quote = make_quote(w.congress, **w.by)
    line = quote.lines.get()
    assert (line.who, line.supplier, line.quantity) == ("DELEGATES", w.adagio, 90)
    assert (line.unit, line.vat, line.total) == (Decimal("105.75"), Decimal("10"), Decimal("9517.50"))
    assert make_quote(w.congress, **w.by) == quote


def test_what_is_sold_by_the_place_is_kept_for_the_delegates(w):
    supplier = make_supplier("PLATINE", "CATERER")
    service, _rate = make_service(supplier, "LUNCH", "MEAL", vat="intermediate")
    step = make_step(w.congress, title={"fr": "Repas", "en": "Meals"}, **w.by)
    offer = make_offer(step, service, day=w.congress.starts, prices=[PriceRow(Decimal("25.00"))], **w.by)
    set_places(offer, 120, key="k", **w.by)
    line = make_quote(w.congress, **w.by).lines.get(label__icontains="lunch")
    assert (line.quantity, line.unit, line.vat, line.total) == (120, Decimal("25.00"), Decimal("10"), Decimal("3000.00"))


def test_vat_belongs_to_the_document_and_each_rate_is_said(w):
    quote, _link = sent(w, HALL, COFFEE, LineFacts("Rooms", Decimal("105.75"), 10, Decimal(10), "DELEGATES"))
    view = view_of(quote)
    assert view.organiser.gross == Decimal("5636.00")
    assert [(rate, net, vat) for rate, net, vat in view.organiser.by_rate] == [
        (Decimal("10"), Decimal("1760.00"), Decimal("176.00")),
        (Decimal("20"), Decimal("3083.33"), Decimal("616.67")),
    ]
    assert view.organiser.net == Decimal("4843.33")
    assert view.delegates.gross == Decimal("1057.50")


def test_sending_mails_a_link_and_freezes_the_version(w):
    quote, link = sent(w)
    message = Message.objects.get(about=f"quote.Quote:{quote.pk}")
    assert links.url(link) in message.text
    assert "5,636.00" in message.text or "5\u202f636,00" in message.text or "5 636,00" in message.text.replace("\u00a0", " ")
    with pytest.raises(NotOpen):
        edit_quote(quote, lines=[HALL], text="", valid_until=quote.valid_until, **w.by)
    assert send_quote(quote, **w.by) == link
    assert Message.objects.filter(template="quote/quote").count() == 1


def test_accepting_keeps_who_as_what_when_from_where_and_the_exact_version(w):
    quote, link = sent(w)
    assert not uses.quote_accepted(w.congress)
    yes(quote, link)
    quote.refresh_from_db()
    assert (quote.state, quote.answered_name, quote.answered_function) == ("ACCEPTED", "Hélène Astier", "Directrice")
    assert (quote.answered_at, quote.answered_from) == (NOW, "192.0.2.7")
    assert Trace.objects.get(verb="quote.accepted").after["sha256"] == quote.sha256
    assert uses.quote_accepted(w.congress)
    yes(quote, link, name="Quelqu’un d’autre")
    quote.refresh_from_db()
    assert quote.answered_name == "Hélène Astier"


def test_another_version_than_the_one_read_is_not_accepted(w):
    quote, link = sent(w)
    with pytest.raises(OtherVersion):
        yes(quote, link, seen="0" * 64)
    quote.lines.filter(label=HALL.label).update(quantity=1)  # by no action: the fingerprint tells
    with pytest.raises(OtherVersion):
        yes(quote, link)


def test_a_nameless_yes_is_no_yes(w):
    quote, link = sent(w)
    for facts in ({"name": " "}, {"function": ""}):
        with pytest.raises(CannotQuote):
            yes(quote, link, **facts)


def test_a_new_version_supersedes_and_says_what_changed(w):
    first, link = sent(w)
    yes(first, link)
    second = make_quote(w.congress, **w.by)
    assert second.version == 2 and second.lines.count() == 2
    more = LineFacts(HALL.label, HALL.unit, 3, HALL.vat, HALL.who, HALL.group)
    edit_quote(second, lines=[more, COFFEE], text="", valid_until=NOW.date() + timedelta(days=9), **w.by)
    link2 = send_quote(second, **w.by)
    first.refresh_from_db()
    assert first.state == "ACCEPTED"  # until the new one is
    second.refresh_from_db()
    before, found = differences(second)
    assert before == first
    assert [(each.label, each.amount) for each in found] == [(HALL.label, Decimal("1850.00"))]
    yes(second, link2)
    first.refresh_from_db()
    assert first.state == "SUPERSEDED"
    with pytest.raises(NotOpen):
        refuse_quote(first, why="trop tard", by=link, at=NOW)


def test_an_unanswered_version_is_superseded_by_the_next_one_sent(w):
    first, link = sent(w)
    second, _link = sent(w)
    first.refresh_from_db()
    assert (first.state, second.state) == ("SUPERSEDED", "SENT")
    with pytest.raises(NotOpen):
        yes(first, link)


def test_refusing_says_why(w):
    quote, link = sent(w)
    with pytest.raises(CannotQuote):
        refuse_quote(quote, why=" ", by=link, at=NOW)
    refuse_quote(quote, why="Trop cher", by=link, at=NOW)
    assert Quote.objects.get(pk=quote.pk).refused_why == "Trop cher"


def test_it_expires_the_day_after_its_last_one_where_the_congress_is(w):
    quote, link = sent(w)
    last = NOW + timedelta(days=10)
    assert expire_quote(quote, by=SYSTEM, at=last) is False
    with pytest.raises(NotOpen):
        yes(quote, link, at=last + timedelta(days=1))
    assert expire_quote(quote, by=SYSTEM, at=last + timedelta(days=1)) is True
    assert expire_quote(quote, by=SYSTEM, at=last + timedelta(days=1)) is False


def test_only_its_own_link_answers_and_only_staff_edits(w):
    quote, _link = sent(w)
    other = links.make("QUOTE", w.congress, holder="x")
    for actor in (other, w.outsider, w.agent):
        with pytest.raises(NotAllowed):
            yes(quote, actor)
    with pytest.raises(NotAllowed):
        make_quote(w.congress, by=w.outsider, at=NOW)
    assert not Quote.objects.visible_to(other).exists()


@pytest.mark.parametrize(
    "line",
    [
        LineFacts("", Decimal(1)),
        LineFacts("x", Decimal(-1)),
        LineFacts("x", Decimal(10**12)),
        LineFacts("x", Decimal("9999999999"), 1_000_000),
        LineFacts("x", Decimal(1), 0),
        LineFacts("x", Decimal(1), 1, Decimal(200)),
        LineFacts("nul \x00", Decimal(1)),
    ],
)
def test_a_line_makes_sense(w, line):
    quote = make_quote(w.congress, **w.by)
    with pytest.raises(CannotQuote):
        edit_quote(quote, lines=[line], text="", valid_until=quote.valid_until, **w.by)


def test_nothing_empty_late_or_addressless_is_sent(w):
    quote = make_quote(w.congress, **w.by)
    edit_quote(quote, lines=[], text="", valid_until=quote.valid_until, **w.by)
    with pytest.raises(CannotQuote, match="no line"):
        send_quote(quote, **w.by)
    edit_quote(quote, lines=[HALL], text="", valid_until=NOW.date() - timedelta(days=1), **w.by)
    with pytest.raises(CannotQuote, match="out of date"):
        send_quote(quote, **w.by)
    edit_quote(quote, lines=[HALL], text="", valid_until=NOW.date(), **w.by)
    Client.objects.update(email="")
    with pytest.raises(CannotQuote, match="e-mail"):
        send_quote(quote, **w.by)


def test_taking_what_is_retained_anew_keeps_what_was_typed(w):
    quote = make_quote(w.congress, **w.by)
    edit_quote(quote, lines=[HALL], text="", valid_until=quote.valid_until, **w.by)
    retain(w)
    fill_quote(quote, **w.by)
    assert quote.lines.filter(who="DELEGATES").exists()
    assert quote.lines.filter(label=HALL.label).exists()


def test_a_line_sold_with_vat_on_the_margin_shows_no_vat(w):
    Contract.objects.filter(supplier=w.terminus).update(mode="MARGIN")
    cruise = LineFacts("Cruise", Decimal("60.00"), 20, Decimal(20), "ORGANISER", "Visits", w.terminus, Decimal("40.00"))
    kept = LineFacts("Walk", Decimal("30.00"), 5, Decimal(20), "DELEGATES", "Visits", w.terminus, margin=True)
    quote, link = sent(w, HALL, cruise, kept)
    said = view_of(quote).organiser
    assert (said.gross, said.margin, said.net) == (Decimal("4900.00"), Decimal("1200.00"), Decimal("3083.33"))
    assert [rate for rate, _net, _vat in said.by_rate] == [Decimal(20)]
    paper = paper_of(quote)
    assert [row["cells"][3] for row in paper["rows"]] == ["20%", "on the margin", "on the margin"]
    assert ["Sold with VAT on the margin", "€1,200.00", False] in paper["sums"]
    yes(quote, link)
    assert ("Cruise", 20, Decimal("1200.00"), Decimal(20), "MARGIN") in live(w), "as it is charged"


def test_a_quote_all_on_the_margin_speaks_of_no_price_without_vat(w):
    Contract.objects.filter(supplier=w.terminus).update(mode="MARGIN")
    quote, _link = sent(w, LineFacts("Cruise", Decimal("60.00"), 20, Decimal(20), "ORGANISER", "", w.terminus, Decimal("40.00")))
    assert [row[0] for row in paper_of(quote)["sums"]] == ["Sold with VAT on the margin", "For you to pay, VAT incl."]


def test_what_is_on_sale_on_the_margin_is_quoted_so(w):
    supplier = make_supplier("PLATINE", "CATERER")
    service, _rate = make_service(supplier, "CRUISE", "EXTRA", vat="standard")
    offer = make_offer(
        make_step(w.congress, title={"en": "Visits"}, **w.by),
        service,
        day=w.congress.starts,
        prices=[PriceRow(Decimal("30.00"))],
        **w.by,
    )
    Contract.objects.filter(pk=offer.contract_id).update(mode="MARGIN")
    set_places(offer, 50, key="k", **w.by)
    line = make_quote(w.congress, **w.by).lines.get()
    assert line.margin and line.vat_rates == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_paper_is_set_in_the_organisers_language(w, language):
    Client.objects.update(language=language)
    quote, link = sent(
        w, HALL, COFFEE, LineFacts("Chambres 🎉 \u202e", Decimal("105.75"), 10, Decimal(10), "DELEGATES", "Adagio")
    )
    assert quote_pdf(quote, strict=True).startswith(b"%PDF")
    yes(quote, link)
    quote.refresh_from_db()
    with override(language):
        assert "Hélène Astier" in paper_of(quote)["answer"]
    assert preview(quote).subject


def test_an_acceptance_on_paper_is_written_down_with_who_when_and_the_paper(w):
    quote, _link = sent(w)
    said = {"name": "Hélène Astier", "function": "Directrice", "via": "PAPER", **w.by}
    with pytest.raises(CannotQuote, match="20"):
        record_acceptance(quote, on=NOW.date() - timedelta(days=1), **said)
    with pytest.raises(CannotQuote):
        record_acceptance(quote, on=NOW.date() + timedelta(days=1), **said)
    with pytest.raises(NotAllowed):
        record_acceptance(quote, on=NOW.date(), **said | {"by": w.outsider})
    late = NOW + timedelta(days=20)
    expire_quote(quote, by=SYSTEM, at=late)
    for _twice in range(2):
        quote = record_acceptance(quote, on=NOW.date() + timedelta(days=2), **said | {"at": late})
    assert (quote.state, quote.answered_via, quote.answered_name) == ("ACCEPTED", "PAPER", "Hélène Astier")
    assert quote.answered_at.date() == NOW.date() + timedelta(days=2) and quote.recorded_by
    assert len(live(w)) == 2
    assert Trace.objects.filter(verb="quote.accepted").count() == 1


def test_a_yes_given_after_its_last_day_or_to_a_version_replaced_is_not_one(w):
    quote, _link = sent(w)
    said = {"name": "Hélène Astier", "function": "Directrice", "via": "PHONE", **w.by}
    with pytest.raises(CannotQuote):
        record_acceptance(quote, on=NOW.date() + timedelta(days=11), **said | {"at": NOW + timedelta(days=20)})
    expire_quote(quote, by=SYSTEM, at=NOW + timedelta(days=12))
    sent(w)
    quote.refresh_from_db()
    with pytest.raises(NotOpen):
        record_acceptance(quote, on=NOW.date(), **said)
