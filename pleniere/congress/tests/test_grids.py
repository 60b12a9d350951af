"""Ten real fee grids as congress files: each printed figure is a case, each file comes back as it went."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from django.utils.translation import override

from pleniere.accounts.rights import SYSTEM
from pleniere.catalogue.models import Vat
from pleniere.common.tests.shared import shared
from pleniere.congress.checks import ties
from pleniere.congress.file import BadFile, dump, load
from pleniere.congress.models import Congress, Price
from pleniere.congress.pricing import NotSold, price
from pleniere.congress.programme import programme

from . import world as made
from .world import NOW

pytestmark = pytest.mark.django_db
BY = {"by": SYSTEM, "at": NOW}
FOLDER = Path(__file__).parent / "grids"
CASES = yaml.safe_load((FOLDER / "cases.yaml").read_text("utf-8"))
PUBLISHED = {
    "iale": "iale-france-2011",
    "ffs": "ffs-speleo-2007",
    "erca": "erca-2019-grenoble",
    "rucolor": "rucolor-2017",
    "afc": "afc-2024",
    "aifref": "aifref-2019",
    "brainconf": "brainconf-bordeaux-7-categories",
    "esref": "esref-2009",
    "international": "congres-international-2009",
    "pyconfr": "pyconfr-2019",
}
FIGURES = ("prix", "prix_sans_tva", "avant", "apres", "p1", "p2", "p3")


@pytest.fixture(autouse=True)
def house():
    with override("en"):
        w = made.congress(full=False)
        rates = {"standard": "19.6", "intermediate": "5.5", "none": "0", "reduced": "5.5"}
        for code, percent in rates.items():  # the rates of their years
            Vat.objects.create(code=code, since=date(2000, 4, 1), percent=D(percent))
        yield w


def grid(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def rate_of(plan, code):
    return next(rate for rates in plan.rates.values() for rate in rates if rate.code == code)


def asked(plan, code, audience, on, start, persons=1, nights=1):
    rate, start = rate_of(plan, code), start or plan.congress.starts
    facts = {"start": start, "end": start + timedelta(days=nights), "on": on, "audience": plan.audience(audience)}
    offer = next(each for each in plan.offers.values() if each.service_id == rate.service_id)
    return price(plan, rate, pool=offer.pool_id, persons=persons, heads=persons, **facts)


@pytest.mark.parametrize("name", PUBLISHED)
def test_each_printed_figure_is_the_price_asked(name):
    plan = programme(load(grid(name), **BY))
    for code, audience, on, start, printed, *more in CASES[name]:
        said = dict(more[0]) if more else {}
        vat, _rule = said.pop("vat", None), said.pop("rule", None)
        if printed is None:
            with pytest.raises(NotSold, match=r"has no price .*not sold\."):
                asked(plan, code, audience, on, start, **said)
            continue
        quoted = asked(plan, code, audience, on, start, **said)
        assert sum(each.total for each in quoted) == D(printed), (code, audience, on)
        assert vat is None or quoted[0].vat == D(str(vat))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_grid_comes_back_as_it_went(name):
    congress = load(grid(name), **BY)
    first = dump(congress)
    assert dump(load(yaml.safe_load(yaml.safe_dump(first)), **BY)) == first
    other = dump(load({**yaml.safe_load(yaml.safe_dump(first)), "congress": "elsewhere"}, **BY))
    assert {**other, "congress": name} == first


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_price_is_one_that_a_case_asks_for(name):
    """No row stands in a grid that nobody would ever pay, and between no two does chance decide."""
    congress = load(grid(name), **BY)
    plan = programme(congress)
    amounts = {D(printed) for *_place, printed in (case[:5] for case in CASES[name]) if printed}
    assert set(Price.objects.filter(congress=congress).values_list("amount", flat=True)) <= amounts
    assert not any(ties(rows, plan.windows) for rows in plan.prices.values())


@pytest.mark.parametrize("name", PUBLISHED)
def test_all_that_was_published_is_a_case(name):
    grids = yaml.safe_load(shared("data/congresses/fee_grids.yaml").read_text("utf-8"))["grilles"]
    published = next(each for each in grids if each["id"] == PUBLISHED[name])
    rows = [row for part in published.values() if isinstance(part, list) for row in part if isinstance(row, dict)]
    mine = [row for row in rows if row.get("devise", published["devise"]) == published["devise"]]
    printed = Counter(D(row[key]) for row in mine for key in FIGURES if row.get(key) is not None)
    cases = Counter(D(case[4]) for case in CASES[name] if case[4] is not None and not (case[5:] and case[5].get("rule")))
    assert cases == printed
    assert len(rows) - len(mine) == (1 if name == "rucolor" else 0)  # the room in another currency: refused


def test_there_are_more_than_ninety_cases():
    assert sum(1 for cases in CASES.values() for case in cases if case[4] is not None) >= 93


def test_a_room_in_another_currency_is_refused_with_a_sentence():
    data = grid("rucolor")
    junior = {"code": "JUNIOR", "kind": "ROOM", "room_type": "SUITE", "persons_most": 2}
    rates = [{"code": "JUNIOR", "unit": "NIGHT", "prices": [{"amount": "360.00", "currency": "USD"}]}]
    data["steps"][2]["offers"].append({"supplier": "KEMPINSKI", "service": junior, "contract": "std", "rates": rates})
    with pytest.raises(BadFile, match=r"360.00 USD: this congress sells in EUR, and a congress has one currency\."):
        load(data, **BY)
    assert not Congress.objects.filter(code="rucolor").exists()


def test_a_package_with_its_parts_is_a_file_too():
    parts = [
        {"name": {"fr": "Inscription"}, "share": "300.00"},
        {"name": {"fr": "Deux nuits"}, "vat": "intermediate", "share": "200.00"},
    ]
    rate = {"code": "TOUT", "unit": "PERSON", "parts": parts, "prices": [{"amount": "450.00"}]}
    offer = {"supplier": {"code": "LIEU", "kind": "VENUE"}, "service": {"code": "TOUT", "kind": "PACKAGE"}, "contract": "std"}
    data = {"congress": "pack", "title": "Pack", "starts": date(2027, 6, 1), "ends": date(2027, 6, 4)}
    data["steps"] = [{"kind": "FEE", "code": "fee", "offers": [{**offer, "rates": [rate]}]}]
    first = dump(load(data, **BY))
    assert first["steps"][0]["offers"][0]["rates"][0]["parts"] == parts
    assert dump(load(yaml.safe_load(yaml.safe_dump(first)), **BY)) == first
    parts[0]["share"] = "301.00"
    with pytest.raises(BadFile, match="it is not altered"):
        load(data, **BY)
