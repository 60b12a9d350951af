"""Suppliers, their people, contracts, bank accounts, pictures and taxes: who may, what is refused, what stays."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from pleniere.accounts.files import BadFile
from pleniere.accounts.models import Trace
from pleniere.accounts.rights import NotAllowed, can
from pleniere.catalogue import actions
from pleniere.catalogue.models import BankAccount, Supplier, Vat
from pleniere.common.words import LocalText

from .world import IBAN, OTHER_IBAN, PIXEL, make_hotel, make_person

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def sam():
    return make_person("Sam", "AGENT")


@pytest.fixture
def lea():
    return make_person("Lea", "LEAD")


def test_a_supplier_gets_a_code_of_its_name_and_its_numbers_are_checked(sam):
    hotel = actions.make_supplier(name="Hôtel des Deux Rives", kind="HOTEL", siret="732 829 320 00074", by=sam, at=NOW)
    assert (hotel.code, hotel.siret) == ("DEUXRIVES", "73282932000074")
    assert actions.make_supplier(name="Les Deux Rives", kind="HOTEL", postcode="42000", by=sam, at=NOW).code == "DEUXRIVES42"
    for wrong in ({"siret": "123"}, {"vat_number": "FR1"}, {"kind": "HOUSE"}, {"name": ""}, {"stars": 9}, {"name": "X" * 500}):
        with pytest.raises(ValidationError):
            actions.make_supplier(**{"name": "X", "kind": "HOTEL", **wrong}, by=sam, at=NOW)
    actions.edit_supplier(hotel, phone="04 77 00 11 22", by=sam, at=NOW)
    actions.edit_supplier(hotel, phone="04 77 00 11 22", by=sam, at=NOW)
    assert Trace.objects.get(verb="supplier.edited").after == {"phone": "04 77 00 11 22"}


def test_a_retired_supplier_is_offered_no_more_and_keeps_its_past(sam):
    hotel = make_hotel()
    assert actions.retire_supplier(hotel, retired=True, reason="fermé", by=sam, at=NOW) is True
    assert actions.retire_supplier(hotel, retired=True, by=sam, at=NOW) is False
    assert not Supplier.objects.offered().exists() and Supplier.objects.exists()
    actions.retire_supplier(hotel, retired=False, by=sam, at=NOW)
    assert Supplier.objects.offered().exists()
    house = Supplier.objects.create(code="HOUSE", name="Ici", kind="HOUSE")
    with pytest.raises(NotAllowed):
        actions.retire_supplier(house, retired=True, by=sam, at=NOW)


def test_who_is_not_of_the_bureau_changes_nothing():
    hotel, eve = make_hotel(), make_person("Eve")
    for forbidden in (
        lambda: actions.make_supplier(name="X", kind="HOTEL", by=eve, at=NOW),
        lambda: actions.edit_supplier(hotel, name="X", by=eve, at=NOW),
        lambda: actions.make_contact(hotel, name="X", by=eve, at=NOW),
        lambda: actions.make_contract(hotel, mode="OWN", by=eve, at=NOW),
        lambda: actions.propose_iban(hotel, holder="X", iban=IBAN, by=eve, at=NOW),
        lambda: actions.make_vat(code="x", since=NOW.date(), percent=Decimal(1), label="", by=eve, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    assert not BankAccount.objects.visible_to(eve).exists() and not Supplier.objects.visible_to(eve).exists()


# People


def test_a_contact_who_moves_to_another_hotel_sees_the_new_one_and_no_more_the_old(sam):
    old, new, hana = make_hotel(), make_hotel(code="NEW", name="Hôtel Neuf"), make_person("Hana")
    there = actions.make_contact(old, name="Hana", email="hana@example.org", by=sam, at=NOW)
    actions.give_account(there, hana, by=sam, at=NOW)
    assert list(Supplier.objects.visible_to(hana)) == [old]
    assert actions.leave(there, by=sam, at=NOW) is True and actions.leave(there, by=sam, at=NOW) is False
    assert not Supplier.objects.visible_to(hana).exists()
    actions.give_account(actions.make_contact(new, name="Hana", by=sam, at=NOW), hana, by=sam, at=NOW)
    assert list(Supplier.objects.visible_to(hana)) == [new] and hana.is_active
    with pytest.raises(ValidationError):
        actions.give_account(there, hana, by=sam, at=NOW)


def test_a_contact_needs_a_name_or_an_address(sam):
    with pytest.raises(ValidationError):
        actions.make_contact(make_hotel(), role="SALES", by=sam, at=NOW)
    contact = actions.make_contact(make_hotel(code="B"), email="x@example.org", by=sam, at=NOW)
    with pytest.raises(ValidationError):
        actions.edit_contact(contact, email="no address", by=sam, at=NOW)


# Contracts


def test_a_commission_exists_only_where_the_supplier_sells(sam):
    hotel = make_hotel()
    with pytest.raises(ValidationError) as refused:
        actions.make_contract(hotel, code="std", mode="OWN", commission=Decimal("8"), by=sam, at=NOW)
    assert "commission" in refused.value.message_dict
    for number, mode in enumerate(["AGENT", "DIRECT"]):
        actions.make_contract(hotel, code=f"c{number}", mode=mode, commission=Decimal("8"), by=sam, at=NOW)
    with pytest.raises(ValidationError):
        actions.make_contract(hotel, code="c0", mode="OWN", by=sam, at=NOW)


# Bank accounts


def test_an_iban_waits_for_a_second_person(sam, lea):
    hotel = make_hotel()
    account = actions.propose_iban(hotel, holder="SARL Quai", iban="fr76 3000 6000 0112 3456 7890 189", by=lea, at=NOW)
    assert (account.iban, account.bic) == (IBAN, "AGRIFRPPXXX") and not hotel.bank_accounts.live().exists()
    with pytest.raises(actions.SamePerson):
        actions.approve_iban(account, by=lea, at=NOW)
    with pytest.raises(NotAllowed):
        actions.approve_iban(account, by=sam, at=NOW)
    ada = make_person("Ada", "ACCOUNTANT")
    assert actions.approve_iban(account, by=ada, at=NOW) is True and actions.approve_iban(account, by=ada, at=NOW) is False
    assert hotel.bank_accounts.live().get() == account


def test_an_approved_account_replaces_the_former_and_a_refused_one_does_not(sam, lea):
    hotel = make_hotel()
    first = actions.propose_iban(hotel, holder="SARL", iban=IBAN, by=sam, at=NOW)
    actions.approve_iban(first, by=lea, at=NOW)
    second = actions.propose_iban(hotel, holder="SARL", iban=OTHER_IBAN, by=sam, at=NOW)
    assert hotel.bank_accounts.live().get() == first and hotel.bank_accounts.waiting().get() == second
    actions.refuse_iban(second, reason="l’hôtel ne sait rien", by=lea, at=NOW)
    with pytest.raises(actions.NotWaiting):
        actions.approve_iban(second, by=lea, at=NOW)
    third = actions.propose_iban(hotel, holder="SARL", iban=OTHER_IBAN, by=sam, at=NOW)
    assert actions.propose_iban(hotel, holder="SARL", iban=OTHER_IBAN, by=sam, at=NOW) == third
    actions.approve_iban(third, by=lea, at=NOW)
    first.refresh_from_db()
    assert hotel.bank_accounts.live().get() == third and first.ended_at == NOW
    with pytest.raises(actions.NotWaiting):
        actions.refuse_iban(third, reason="", by=lea, at=NOW)


def test_an_iban_is_sealed_at_rest_and_masked_in_history(sam):
    account = actions.propose_iban(make_hotel(), holder="SARL", iban=IBAN, by=sam, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban FROM catalogue_bankaccount")
        assert IBAN not in cursor.fetchone()[0]
    assert "123456789" not in str(Trace.objects.filter(verb="iban.proposed").values())
    assert account.masked.replace("\u00a0", " ") == "FR76 •••• 7890 189"
    assert can(make_person("Ada", "ACCOUNTANT"), "catalogue.see_iban") and not can(sam, "catalogue.see_iban")


@pytest.mark.parametrize(
    "wrong", [{"iban": IBAN[:-1] + "8"}, {"iban": "FR76"}, {"iban": "\x00" * 9}, {"bic": "X"}, {"holder": " "}]
)
def test_a_wrong_iban_says_so_by_field(sam, wrong):
    with pytest.raises(ValidationError) as refused:
        actions.propose_iban(make_hotel(), **{"holder": "SARL", "iban": IBAN, **wrong}, by=sam, at=NOW)
    assert set(refused.value.message_dict) == set(wrong)


def test_a_proof_is_a_paper_or_a_picture(sam):
    hotel = make_hotel()
    with pytest.raises(BadFile):
        proof = SimpleUploadedFile("rib.pdf", b"MZ\x90\x00")
        actions.propose_iban(hotel, holder="SARL", iban=IBAN, proof=proof, by=sam, at=NOW)
    proof = SimpleUploadedFile("../rib du 4 mars.pdf", b"%PDF-1.7 x")
    account = actions.propose_iban(hotel, holder="SARL", iban=IBAN, proof=proof, by=sam, at=NOW)
    assert (account.proof.name, account.proof.content_type) == ("rib_du_4_mars.pdf", "application/pdf")


# Pictures


def test_a_picture_is_told_by_its_content_and_needs_words(sam):
    hotel, words = make_hotel(), LocalText(fr="La façade")
    photo = actions.add_photo(hotel, SimpleUploadedFile("a.png", PIXEL), caption=words, by=sam, at=NOW)
    again = actions.add_photo(hotel, SimpleUploadedFile("b.png", PIXEL), caption=words, by=sam, at=NOW)
    assert photo == again and photo.file.content_type == "image/png"
    for content in (b"", b"<svg onload=alert(1)>", b"GIF89a"):
        with pytest.raises(BadFile):
            actions.add_photo(hotel, SimpleUploadedFile("a.png", content), caption=words, by=sam, at=NOW)
    with pytest.raises(ValidationError):
        actions.add_photo(hotel, SimpleUploadedFile("a.png", PIXEL), caption=LocalText(), by=sam, at=NOW)
    second = actions.add_photo(hotel, SimpleUploadedFile("c.jpg", b"\xff\xd8\xff\xe0"), caption=words, by=sam, at=NOW)
    actions.put_first(second, by=sam, at=NOW)
    assert list(hotel.photos.all()) == [second, photo]
    actions.drop_photo(photo, by=sam, at=NOW)
    assert list(hotel.photos.all()) == [second]


# Taxes


def test_a_vat_rate_begins_on_a_day_and_one_in_use_stays(lea):
    Vat.objects.create(code="standard", since=date(2014, 1, 1), percent=20)
    later = actions.make_vat(code="standard", since=date(2028, 1, 1), percent=Decimal("21"), label="", by=lea, at=NOW)
    with pytest.raises(ValidationError):
        actions.make_vat(code="standard", since=date(2028, 1, 1), percent=Decimal("22"), label="", by=lea, at=NOW)
    with pytest.raises(ValidationError):
        actions.drop_vat(Vat.objects.get(since=date(2014, 1, 1)), by=lea, at=NOW)
    actions.drop_vat(later, by=lea, at=NOW)
    assert Vat.objects.count() == 1


def test_a_town_s_tax_is_kept_by_class_and_day(lea):
    facts = {"town": "Saint-Étienne", "lodging_class": "3", "since": date(2027, 1, 1)}
    tax = actions.make_tourist_tax(**facts, amount=Decimal("1.65"), by=lea, at=NOW)
    with pytest.raises(ValidationError):
        actions.make_tourist_tax(**facts, amount=Decimal("1.70"), by=lea, at=NOW)
    actions.edit_tourist_tax(tax, amount=Decimal("1.70"), by=lea, at=NOW)
    actions.drop_tourist_tax(tax, by=lea, at=NOW)
    assert Trace.objects.filter(verb__startswith="tourist_tax").count() == 3
