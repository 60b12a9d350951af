"""A pool cut from another sells at its parent's prices, unless it has its own."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.utils import IntegrityError

from pleniere.accounts.rights import SYSTEM
from pleniere.catalogue.models import Contract, Rate, Service, Supplier, Vat
from pleniere.congress.actions import Refused, drop_pool, make_pool
from pleniere.congress.file import dump, load
from pleniere.congress.models import Congress, Offer, Pool, Price, Step
from pleniere.congress.pricing import NotSold, price
from pleniere.congress.programme import read

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
FIRST = date(2027, 4, 7)
SAID = {"by": SYSTEM, "at": NOW}


@pytest.fixture
def here(db):
    here = Congress.objects.create(code="c", title={"fr": "C"}, starts=FIRST, ends=FIRST + timedelta(days=3))
    here.pool = Pool.objects.create(congress=here, code="CONGR")
    Vat.objects.create(code="FR10", since=date(2014, 1, 1), percent=10)
    hotel = Supplier.objects.create(code="H", name="Hôtel", kind="HOTEL")
    here.contract = Contract.objects.create(supplier=hotel, code="std", mode="AGENT")
    here.room = Service.objects.create(supplier=hotel, code="DOUBLE", kind="ROOM", room_type="DOUBLE")
    here.rate = Rate.objects.create(service=here.room, code="DBL1", unit="NIGHT", vat="FR10")
    here.step = Step.objects.create(congress=here, code="lodging", kind="LODGING")
    Price.objects.create(congress=here, rate=here.rate, pool=here.pool, amount=100)
    return here


def sold(here, pool):
    Offer.objects.get_or_create(congress=here, service=here.room, pool=pool, step=here.step, contract=here.contract)
    quoted = price(read(here), here.rate, start=FIRST, end=FIRST + timedelta(days=1), on=NOW.date(), pool=pool.pk)
    return quoted[0].total


def test_a_part_sells_at_its_parents_price_until_it_has_its_own(here):
    part = make_pool(here, "SPEAKERS", name={"fr": "Orateurs"}, parent=here.pool, **SAID)
    assert sold(here, part) == Decimal("100.00")
    Price.objects.create(congress=here, rate=here.rate, pool=part, amount=80)
    assert sold(here, part) == Decimal("80.00")
    assert sold(here, here.pool) == Decimal("100.00")


def test_a_pool_that_is_no_part_knows_no_others_price(here):
    with pytest.raises(NotSold):
        sold(here, make_pool(here, "LEISURE", name={"fr": "Loisirs"}, **SAID))


def test_no_part_of_a_part_nor_of_itself_and_none_loses_its_parent(here):
    part = make_pool(here, "SPEAKERS", name={"fr": "Orateurs"}, parent=here.pool, **SAID)
    with pytest.raises(Refused):
        make_pool(here, "X", name={"fr": "X"}, parent=part, **SAID)
    with pytest.raises(Refused):
        drop_pool(here.pool, **SAID)
    with pytest.raises(IntegrityError):
        Pool.objects.filter(pk=part.pk).update(parent=part.pk)


def test_a_part_stands_in_the_congress_as_a_file(here):
    make_pool(here, "SPEAKERS", name={"fr": "Orateurs"}, parent=here.pool, **SAID)
    data = dump(here)
    assert {"code": "SPEAKERS", "name": {"fr": "Orateurs"}, "parent": "CONGR"} in data["pools"]
    data["congress"] = "copy"
    copy = load(data, **SAID)
    again = dump(copy if isinstance(copy, Congress) else Congress.objects.get(code="copy"))
    assert again["pools"] == data["pools"]
