"""A bureau from nothing has all it needs to begin, once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from pleniere.accounts.actions import AlreadyFounded
from pleniere.accounts.models import Bureau, User
from pleniere.catalogue.actions.founding import edit_house, found_house, lay_ground
from pleniere.catalogue.models import Contract, Supplier, Vat
from pleniere.ledger.models import Account

NOW = timezone.now()


def found(email="ada@example.org"):
    return found_house({"name": "Ici", "kind": "REGIE"}, email=email, name="Ada", password="a-long-password", at=NOW)


@pytest.mark.django_db
def test_a_new_bureau_has_its_house_its_rates_and_its_chart():
    bureau, _ada = found()
    assert Supplier.objects.get(kind="HOUSE").name == "Ici" and Contract.objects.get().mode == "OWN"
    assert {vat.code: str(vat.percent) for vat in Vat.objects.all()}["intermediate"].startswith("10")
    assert Account.objects.get(role="BANK").number == "515000"  # public accounts
    counts = [model.objects.count() for model in (Supplier, Contract, Vat, Account)]
    lay_ground(bureau)
    assert counts == [model.objects.count() for model in (Supplier, Contract, Vat, Account)]


@pytest.mark.django_db
def test_the_second_founder_makes_nothing():
    found()
    with pytest.raises(AlreadyFounded):
        found("eve@example.org")
    assert User.objects.count() == Supplier.objects.count() == 1


@pytest.mark.django_db
def test_the_house_among_the_suppliers_follows_the_bureau():
    bureau, ada = found()
    edit_house(bureau, facts={"name": "Là", "siret": "12345678900013", "address": "1 rue\n2e"}, by=ada, at=NOW)
    house = Supplier.objects.get(kind="HOUSE")
    assert (house.name, house.siret, house.address) == ("Là", "12345678900013", "1 rue, 2e")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_founders_at_once_one_founds():
    barrier = threading.Barrier(6)

    def try_it(number):
        barrier.wait()
        try:
            found(f"a{number}@example.org")
        except AlreadyFounded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(try_it, range(6)))
    assert won.count(True) == User.objects.count() == Bureau.objects.count() == 1
