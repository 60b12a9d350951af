"""A congress as a file: a dump reloads to the same dump, and loading never alters a supplier."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.utils.translation import override

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.catalogue.models import Supplier
from pleniere.congress.actions import PriceRow, Refused, make_audience, make_rate_type, make_season, make_window, set_prices
from pleniere.congress.file import BadFile, dump, load
from pleniere.congress.models import Congress, Offer, Price
from pleniere.congress.pricing import price
from pleniere.congress.programme import programme

from . import world as made
from .world import NOW

pytestmark = pytest.mark.django_db
BY = {"by": SYSTEM, "at": NOW}


@pytest.fixture
def w():
    with override("en"):
        w = made.congress()
        member = make_audience(w.congress, "member", name={"fr": "Adhérent"}, falls_back_to=w.delegate, **w.by)
        early = make_window(w.congress, "early", name={"fr": "Précoce"}, closes=date(2027, 3, 1), **w.by)
        rows = [PriceRow(Decimal("72")), PriceRow(Decimal("50"), audience=member, window=early, basis="NET")]
        set_prices(w.congress, w.fee_service.rates.get(), rows, **w.by)
        low = make_rate_type(w.congress, "BS", name={"fr": "Basse saison"}, **w.by)
        days = {"starts": date(2027, 1, 1), "until": date(2027, 4, 6)}
        make_season(w.congress, "hiver", name={"fr": "Hiver"}, rate_type=low, **days, **w.by)
        yield w


def written(congress):
    return yaml.safe_load(yaml.safe_dump(dump(congress), allow_unicode=True, sort_keys=False))


def test_a_dump_reloads_to_the_same_dump_elsewhere_and_in_place(w):
    first = written(made.reload(w))
    assert written(load(first, **BY)) == first
    other = written(load({**first, "congress": "copy"}, **BY))
    assert {**other, "congress": "ctv2027"} == first
    assert Supplier.objects.count() == 4


def test_loading_twice_changes_nothing(w):
    first = written(made.reload(w))
    load(first, **BY)
    prices = list(Price.objects.values_list("pk", flat=True))
    load(first, **BY)
    assert list(Price.objects.values_list("pk", flat=True)) == prices


def test_a_supplier_that_stands_is_never_altered_and_both_are_named(w):
    data = written(made.reload(w))
    data["steps"][2]["offers"][0]["contract"]["commission"] = "12"
    with pytest.raises(BadFile, match=r"8\.000 and the file says 12"):
        load(data, **BY)
    assert w.hotel.contracts.get().commission == 8


def test_the_house_laws_example_loads_into_an_empty_house():
    made.congress(full=False)
    text = """
    congress: ctv2028
    title: Séminaire
    starts: 2028-04-07
    ends: 2028-04-10
    currency: EUR
    audiences: [{code: full}, {code: member, falls_back_to: full}]
    windows: [{code: early, closes: 2028-03-01}]
    steps:
    - kind: FEE
      offers:
      - {supplier: {code: ATOUTFRANCECTV, kind: ORGANISER}, service: FRAISINSCRIP, contract: std, is_mandatory: true,
         rates: [{code: DROITINSCR, prices: [{audience: member, window: early, amount: '50.00', basis: NET}, {amount: '72.00'}]}]}
    """
    congress = load(yaml.safe_load(text), **BY)
    offer = congress.offers.get()
    rate = offer.service.rates.get()
    plan = programme(congress)
    asked = {"start": congress.starts, "end": congress.ends}
    member = plan.audience("member")
    assert price(plan, rate, on=date(2028, 2, 29), audience=member, **asked)[0].total == Decimal("60.00")
    assert price(plan, rate, on=date(2028, 3, 1), audience=member, **asked)[0].total == Decimal("72.00")
    assert written(load(written(congress), **BY)) == written(congress)


def test_what_the_file_no_longer_names_goes(w):
    data = written(made.reload(w))
    del data["steps"][3]
    data["windows"] = []
    congress = load(data, **BY)
    assert not Offer.objects.filter(pk=w.lunch.pk).exists()
    assert [step.code for step in congress.steps.all()] == ["persons", "fee", "lodging"]
    assert congress.windows.count() == 1  # a price holds in it


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"steps": "x"},
        {"steps": [1]},
        {"starts": "soon"},
        {"title": {"fr": 3}},
        {"audiences": [{}]},
        {"audiences": [{"code": "a", "falls_back_to": "nobody"}]},
        {"congress": None},
        {"terms": {"clauses": [{"verb": "KEEP", "percent": "a lot"}]}},
        {"opens_at": "2027-01-01"},
    ],
)
def test_a_file_that_makes_no_sense_is_refused_and_nothing_is_written(w, change):
    data = written(made.reload(w)) | change
    with pytest.raises((BadFile, Refused)):
        load(data, **BY)
    assert written(made.reload(w)) == {**written(w.congress)}
    with pytest.raises(BadFile):
        load(None, **BY)


def test_only_who_may_make_a_congress_loads_one(w):
    with pytest.raises(NotAllowed):
        load(written(w.congress), by=w.outsider, at=NOW)


def test_the_commands_write_and_read(w, tmp_path):
    out = StringIO()
    call_command("dump_congress", "ctv2027", stdout=out)
    path = tmp_path / "c.yaml"
    path.write_text(out.getvalue(), "utf-8")
    call_command("load_congress", str(path), stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("dump_congress", "none")
    path.write_text("a: [", "utf-8")
    with pytest.raises(CommandError):
        call_command("load_congress", str(path))


def test_the_congress_of_the_file_is_the_one_it_names(w):
    load({"congress": "ctv2027", "venue": "Cité du design"}, **BY)
    assert Congress.objects.get().venue == "Cité du design"


def test_discounts_come_back_as_they_went(w):
    data = written(made.reload(w))
    data["discounts"] = [
        {"code": "third", "name": "Le troisième offert", "kind": "NTH", "nth": 3, "offers": ["XORG/DROITINSCR"]},
        {"code": "ten", "kind": "PERCENT", "percent": "10.000", "secret": "MERCI", "quota": 5, "window": "early"},
        {
            "code": "both",
            "kind": "AMOUNT",
            "amount": "5.00",
            "once_per_person": True,
            "when": {"is": ["day", ">", date(2027, 4, 7)]},
        },
    ]
    first = written(load(data, **BY))
    assert [each["code"] for each in first["discounts"]] == ["third", "ten", "both"]
    assert first["discounts"][2]["when"] == {"is": ["day", ">", "2027-04-07"]}
    assert written(load(first, **BY)) == first
    elsewhere = written(load({**first, "congress": "copy"}, **BY))
    assert {**elsewhere, "congress": "ctv2027"} == first
    del first["discounts"][1]
    assert written(load(first, **BY)) == first
    first["discounts"][0]["offers"] = ["XORG/NOTHING"]
    with pytest.raises(BadFile):
        load(first, **BY)
