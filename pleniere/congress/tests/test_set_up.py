"""A congress is set up by actions, and never into nonsense."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from pleniere.accounts.models import Trace
from pleniere.accounts.rights import NotAllowed
from pleniere.catalogue.models import Contract, Rate
from pleniere.congress.actions import (
    PriceRow,
    Refused,
    drop_audience,
    drop_offer,
    drop_price,
    drop_step,
    drop_window,
    edit_audience,
    edit_congress,
    edit_offer,
    edit_step,
    edit_window,
    make_audience,
    make_congress,
    make_offer,
    make_step,
    make_window,
    order_steps,
    put_price,
    retire_offer,
    rows_of,
    set_method,
    set_prices,
    set_terms,
    write_legal_text,
)
from pleniere.congress.models import Congress, Price
from pleniere.congress.pricing import price
from pleniere.congress.programme import programme
from pleniere.congress.terms import PRESETS, ClauseFacts, due, keep

from . import world as made
from .world import DAY, ENDS, NOW, STARTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    with override("en"):
        yield made.congress()


def euros(text):
    return PriceRow(Decimal(text))


def test_a_congress_comes_with_its_pool_its_audiences_and_the_usual_steps(w):
    assert [step.kind for step in w.congress.steps.all()] == ["PERSONS", "FEE", "LODGING", "SERVICES"]
    assert [audience.code for audience in w.congress.audiences.all()] == ["delegate", "companion"]
    assert w.congress.pools.get().code == "CONGR"
    assert w.congress.organiser.company == "Cluster Tourisme en Ville"


def test_every_edit_moves_the_version_and_leaves_a_trace(w):
    version = made.reload(w).version
    edit_congress(w.congress, venue="Cité du design", **w.by)
    edit_step(w.meals, title={"fr": "La restauration", "en": "Meals"}, **w.by)
    assert made.reload(w).version == version + 2
    last = Trace.objects.order_by("-pk")[:2]
    assert [trace.verb for trace in last] == ["step.edited", "congress.edited"]
    assert last[1].before == {"venue": ""} and last[1].after == {"venue": "Cité du design"}
    assert last[1].actor == "Sam"


def test_the_pages_read_the_new_price_at_once(w):
    rate = w.lunch_service.rates.get()
    day = {"start": STARTS + DAY, "end": STARTS + 2 * DAY, "on": NOW.date()}
    assert price(programme(made.reload(w)), rate, **day)[0].total == Decimal("25.00")
    set_prices(w.congress, rate, [euros("27.50")], **w.by)
    assert price(programme(made.reload(w)), rate, **day)[0].total == Decimal("27.50")


@pytest.mark.parametrize(
    "facts",
    [
        {"starts": ENDS, "ends": STARTS},
        {"ends": date(9999, 12, 31)},
        {"starts": date(1, 1, 1)},
        {"time_zone": "Europe/Nowhere"},
        {"opens_at": NOW, "closes_at": NOW},
        {"currency": "XYZ"},
        {"option_cap_night": 101},
    ],
)
def test_a_congress_is_never_edited_into_nonsense(w, facts):
    with pytest.raises(Refused):
        edit_congress(w.congress, **facts, **w.by)
    assert made.reload(w).starts == STARTS


def test_dates_that_leave_a_day_on_sale_outside_are_refused_naming_it(w):
    with pytest.raises(Refused, match="RESTOEPHEM"):
        edit_congress(w.congress, ends=STARTS + DAY, **w.by)


def test_prices_standing_keep_the_currency(w):
    with pytest.raises(Refused, match="EUR"):
        edit_congress(w.congress, currency="CHF", **w.by)


def test_a_code_taken_and_words_without_end_are_said_by_field(w):
    with pytest.raises(ValidationError) as error:
        make_congress("ctv2027", title={"fr": "Un autre"}, starts=STARTS, ends=ENDS, **w.by)
    assert "code" in error.value.message_dict
    with pytest.raises(ValidationError) as error:
        edit_congress(w.congress, title={"fr": "x" * 1_000_000}, **w.by)
    assert "title" in error.value.message_dict
    with pytest.raises(ValidationError):
        edit_congress(w.congress, welcome={"fr": "nul \x00"}, **w.by)


def test_the_outsider_sets_nothing_up(w):
    for action in (
        lambda: edit_congress(w.congress, venue="Ailleurs", by=w.outsider, at=NOW),
        lambda: make_congress("x", title={"fr": "x"}, starts=STARTS, ends=ENDS, by=w.outsider, at=NOW),
        lambda: set_prices(w.congress, w.lunch_service.rates.get(), [], by=w.outsider, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            action()


def test_a_step_of_participants_stands_once_and_first(w):
    with pytest.raises(Refused, match="once"):
        make_step(w.congress, title={"fr": "Encore"}, kind="PERSONS", **w.by)
    with pytest.raises(Refused, match="first"):
        order_steps(w.congress, [w.meals.pk, w.persons.pk], **w.by)
    order_steps(w.congress, [w.persons.pk, w.meals.pk], **w.by)
    assert [step.code for step in w.congress.steps.all()] == ["persons", "meals", "fee", "lodging"]


def test_a_step_that_sells_is_neither_removed_nor_turned_into_another(w):
    with pytest.raises(Refused, match="offers"):
        drop_step(w.meals, **w.by)
    with pytest.raises(Refused, match="offers"):
        edit_step(w.fee_step, kind="SERVICES", **w.by)
    empty = make_step(w.congress, title={"fr": "Visites", "en": "Visits"}, **w.by)
    drop_step(empty, **w.by)


def test_two_steps_of_one_name_have_two_codes(w):
    codes = [make_step(w.congress, title={"fr": "Soirées", "en": "Evenings"}, **w.by).code for _ in range(2)]
    assert codes == ["evenings", "evenings-2"]
    assert make_step(w.congress, title={"fr": "Panier", "en": "Cart"}, **w.by).code == "step-cart"
    assert make_step(w.congress, title={"fr": "日本", "en": "日本"}, **w.by).code == "services"


def test_rooms_stand_on_the_lodging_step_and_meals_have_a_day(w):
    with pytest.raises(Refused, match="kind"):
        make_offer(w.meals, w.room_service, **w.by)
    supper = made.service(w.caterer, "DINER", "EVENING")
    with pytest.raises(Refused, match="day"):
        make_offer(w.meals, supper, **w.by)
    with pytest.raises(Refused, match="month"):
        make_offer(w.meals, supper, day=date(9999, 1, 1), **w.by)
    with pytest.raises(Refused, match="kind"):
        make_offer(w.persons, supper, day=STARTS, **w.by)


def test_an_offer_is_sold_under_its_own_suppliers_contract(w):
    supper = made.service(w.caterer, "DINER", "EVENING")
    with pytest.raises(Refused, match="contract"):
        make_offer(w.meals, supper, contract=w.hotel.contracts.get(), day=STARTS, **w.by)
    bare = made.supplier("NUDE", "CATERER")
    bare.contracts.all().delete()
    with pytest.raises(Refused, match="no contract"):
        make_offer(w.meals, made.service(bare, "DINER", "MEAL"), day=STARTS, **w.by)


def test_what_is_sold_in_the_suppliers_name_has_no_purchase_price(w):
    rate = w.lunch_service.rates.get()
    with pytest.raises(Refused, match="in the name of"):
        set_prices(w.congress, rate, [euros("20")], side="BUY", **w.by)
    supper = made.service(w.caterer, "DINER", "MEAL")
    offer = make_offer(w.meals, supper, day=STARTS, prices=[euros("30")], **w.by)
    set_prices(w.congress, supper.rates.get(), [euros("20")], side="BUY", **w.by)
    agent = Contract.objects.create(supplier=w.caterer, code="agent", mode="AGENT")
    with pytest.raises(Refused, match="in the name of"):
        edit_offer(offer, contract=agent, **w.by)


def test_two_rows_between_which_nothing_decides_are_refused(w):
    rate = w.fee_service.rates.get()
    early = make_window(w.congress, "early", name={"fr": "Précoce"}, closes=date(2027, 3, 1), **w.by)
    also = make_window(w.congress, "also", name={"fr": "Aussi"}, opens=date(2027, 2, 1), closes=date(2027, 3, 1), **w.by)
    rows = [euros("72"), PriceRow(Decimal("50"), window=early), PriceRow(Decimal("60"), window=also)]
    with pytest.raises(Refused, match="decides"):
        set_prices(w.congress, rate, rows, **w.by)
    edit_window(also, opens=date(2027, 3, 1), closes=date(2027, 4, 1), **w.by)
    set_prices(w.congress, rate, rows, **w.by)
    with pytest.raises(Refused, match="same days"):
        edit_window(also, opens=None, closes=date(2027, 3, 1), **w.by)
    with pytest.raises(Refused, match="Two rows"):
        set_prices(w.congress, rate, [euros("72"), euros("73")], **w.by)


@pytest.mark.parametrize("amount", ["-0.01", "1000000000000", "NaN", "Infinity"])
def test_a_price_is_a_number_one_could_pay(w, amount):
    with pytest.raises(Refused):
        set_prices(w.congress, w.lunch_service.rates.get(), [PriceRow(Decimal(amount))], **w.by)
    assert Price.objects.get(rate__service=w.lunch_service).amount == Decimal("25.00")


def test_audiences_do_not_fall_back_in_a_circle_nor_vanish_under_an_offer(w):
    member = make_audience(w.congress, "member", name={"fr": "Adhérent"}, falls_back_to=w.delegate, **w.by)
    with pytest.raises(Refused, match="itself"):
        edit_audience(w.delegate, falls_back_to=member, **w.by)
    with pytest.raises(Refused, match="companions"):
        edit_audience(w.companion, falls_back_to=w.delegate, **w.by)
    with pytest.raises(Refused, match="open to all"):
        drop_audience(w.delegate, **w.by)
    put_price(w.congress, w.fee_service.rates.get(), PriceRow(Decimal("40"), audience=member), **w.by)
    with pytest.raises(Refused, match="Prices"):
        drop_audience(member, **w.by)


def test_a_secret_code_is_long_enough_is_one_audiences_and_is_never_told(w):
    with pytest.raises(Refused, match="four"):
        make_audience(w.congress, "board", name={"fr": "Bureau"}, proof="CODE", secret="ab", **w.by)
    make_audience(w.congress, "board", name={"fr": "Bureau"}, proof="CODE", secret="BUREAU2027", **w.by)
    with pytest.raises(Refused, match="Another"):
        make_audience(w.congress, "press", name={"fr": "Presse"}, proof="CODE", secret="bureau2027", **w.by)
    assert "BUREAU2027" not in str(list(Trace.objects.values_list("after", flat=True)))
    with pytest.raises(Refused, match="empty"):
        make_audience(w.congress, "list", name={"fr": "Liste"}, proof="LIST", **w.by)
    with pytest.raises(Refused, match="nobody"):
        make_audience(w.congress, "list", name={"fr": "Liste"}, proof="LIST", listed="a@example.org\nnobody", **w.by)


def test_while_registration_is_open_nothing_on_sale_loses_its_price(w):
    Congress.objects.update(state="OPEN")
    rate = w.lunch_service.rates.get()
    with pytest.raises(Refused, match="RESTOEPHEM"):
        drop_price(Price.objects.get(rate=rate), **w.by)
    early = make_window(w.congress, "early", name={"fr": "Précoce"}, closes=date(2027, 3, 1), **w.by)
    with pytest.raises(Refused, match="March"):
        set_prices(w.congress, rate, [PriceRow(Decimal("20"), window=early)], **w.by)
    retire_offer(w.lunch, retired=True, **w.by)
    set_prices(w.congress, rate, [], **w.by)
    with pytest.raises(Refused, match="without a price"):
        retire_offer(w.lunch, retired=False, **w.by)


def test_a_window_with_prices_stays(w):
    early = make_window(w.congress, "early", name={"fr": "Précoce"}, closes=date(2027, 3, 1), **w.by)
    put_price(w.congress, w.fee_service.rates.get(), PriceRow(Decimal("40"), window=early), **w.by)
    with pytest.raises(Refused, match="Prices"):
        drop_window(early, **w.by)


def test_a_degressive_row_does_not_stand_for_a_single_price(w):
    Congress.objects.update(state="OPEN")
    with pytest.raises(Refused, match="without a price"):
        set_prices(w.congress, w.lunch_service.rates.get(), [PriceRow(Decimal("20"), min_quantity=10)], **w.by)


def test_the_same_list_of_prices_twice_is_told_once(w):
    rate = w.lunch_service.rates.get()
    for _ in range(2):
        set_prices(w.congress, rate, [euros("26"), PriceRow(Decimal("20"), min_quantity=10)], **w.by)
    assert Trace.objects.filter(verb="prices.set").count() == 1
    assert len(rows_of(w.congress, rate)) == 2


def test_a_retired_service_is_not_offered_anew(w):
    supper = made.service(w.caterer, "DINER", "MEAL")
    type(supper).objects.filter(pk=supper.pk).update(retired_at=NOW)
    supper.refresh_from_db()
    with pytest.raises(Refused, match="retired"):
        make_offer(w.meals, supper, day=STARTS, **w.by)


def test_the_same_service_twice_on_a_day_is_refused(w):
    with pytest.raises(Refused, match="already"):
        make_offer(w.meals, w.lunch_service, day=STARTS + DAY, **w.by)
    make_offer(w.meals, w.lunch_service, day=STARTS + 2 * DAY, **w.by)


def test_an_offer_nobody_took_goes_with_its_prices(w):
    drop_offer(w.lunch, **w.by)
    assert not Price.objects.filter(rate__service=w.lunch_service).exists()


def test_a_means_of_payment_is_never_half_said(w):
    with pytest.raises(Refused, match="provider"):
        set_method(w.congress, "CARD", **w.by)
    with pytest.raises(Refused, match="days"):
        set_method(w.congress, "TRANSFER", hold_days=0, **w.by)
    Congress.objects.update(state="OPEN")
    with pytest.raises(Refused, match="one means"):
        set_method(w.congress, "CHEQUE", is_on=False, **w.by)


def test_terms_make_sense(w):
    for clauses, words in [
        ([keep(101)], "between 0 and 100"),
        ([due(60), due(60, after=10), due(100, before=30)], "more than the whole"),
        ([keep(30, 45), keep(50, 45)], "same day"),
        ([ClauseFacts("KEEP", percent=Decimal(5), amount=Decimal(5))], "not both"),
        ([ClauseFacts("DUE", "DATE", percent=Decimal(5))], "which date"),
        ([ClauseFacts("DUE", days=-3, percent=Decimal(5))], "before the order"),
        ([ClauseFacts("DUE")], "how much"),
    ]:
        with pytest.raises(Refused, match=words):
            set_terms(w.congress, clauses, name="x", **w.by)


@pytest.mark.parametrize("code", PRESETS)
def test_every_ready_made_scale_makes_sense(w, code):
    terms = set_terms(w.congress, PRESETS[code][1], name=str(PRESETS[code][0]), **w.by)
    assert terms.clauses.count() == len(PRESETS[code][1])
    assert terms.code == "ctv2027"


def test_a_binding_text_is_never_edited_only_followed(w):
    first = write_legal_text(w.congress, {"fr": "Conditions", "en": "Terms"}, **w.by)
    second = write_legal_text(w.congress, {"fr": "Conditions nouvelles", "en": "Terms"}, **w.by)
    assert (first.version, second.version) == (1, 2)
    assert first.sha256 != second.sha256
    with pytest.raises(Refused):
        write_legal_text(w.congress, {"fr": "  "}, **w.by)


def test_a_congress_that_is_over_no_longer_changes(w):
    Congress.objects.update(state="OVER")
    with pytest.raises(Refused, match="over"):
        edit_congress(w.congress, venue="Ailleurs", **w.by)


def test_dates_may_move_when_nothing_is_left_outside(w):
    edit_congress(w.congress, starts=STARTS - timedelta(days=1), **w.by)
    assert made.reload(w).starts == STARTS - DAY


def test_a_rate_among_several_is_named(w):
    Rate.objects.create(service=w.lunch_service, code="OTHER")
    with pytest.raises(Refused, match="which one"):
        make_offer(w.meals, w.lunch_service, day=STARTS, prices=[euros("1")], **w.by)
