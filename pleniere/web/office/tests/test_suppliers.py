"""The office's suppliers: found, made, mended; their accounts by two people; a list from outside read, decided, written."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.catalogue.models import BankAccount, Contact, Contract, Supplier, SupplierImport, Vat
from pleniere.catalogue.tests.test_imports import HEAD, MARTEAU, RIVES, cells
from pleniere.catalogue.tests.world import IBAN, OTHER_IBAN, PIXEL, make_bureau, make_hotel, make_person
from pleniere.messaging.models import Message
from pleniere.messaging.worker import work_once

pytestmark = pytest.mark.django_db
LIST = "/office/suppliers/"


@pytest.fixture(autouse=True)
def bureau():
    Vat.objects.create(code="standard", since="2014-01-01", percent=20, label="taux normal")
    return make_bureau()


@pytest.fixture
def sam(client):
    user = make_person("Sam", "AGENT")
    client.force_login(user)
    return user


@pytest.fixture
def hotel():
    return make_hotel(town="SAINT-ÉTIENNE", stars=3)


def page_of(hotel, tail=""):
    return f"{LIST}{hotel.pk}/{tail}"


def test_the_list_is_searched_filtered_and_exported(client, sam, hotel):
    make_hotel(code="AUTRE", name="Écrin des Alpes", town="Grenoble", postcode="38000", stars=4)
    make_hotel(code="VIEUX", name="Vieux", retired_at="2027-01-01T00:00Z")

    def found(query):
        return client.get(LIST + query).content.decode()

    assert "Deux Rives" in found("?q=rives") and "Écrin" not in found("?q=rives")
    assert "Écrin" in found("?letter=E") and "Deux Rives" not in found("?letter=E")
    assert "Écrin" not in found("?town=saint-etienne") and "Deux Rives" in found("?town=42000")
    assert "Écrin" in found("?stars=4") and "Deux Rives" not in found("?stars=4")
    assert "Vieux" not in found("") and "Vieux" in found("?shown=retired") and "Vieux" in found("?shown=all")
    assert "Vieux" not in found("?shown=nonsense&kind=x&stars=9&page=zz&sort=password")
    for form in ("xlsx", "csv", "pdf"):
        assert client.get(f"{LIST}?export={form}").status_code == 200
    assert "Grenoble" in client.get(f"{LIST}?export=csv&q=ecrin").content.decode()


def test_the_list_costs_the_same_at_two_rows_and_at_forty(client, sam):
    counts = []
    for several in (range(2), range(2, 40)):
        for number in several:
            hotel = make_hotel(code=f"H{number}", name=f"Hôtel {number}")
            Contract.objects.create(supplier=hotel, mode="OWN")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_supplier_is_made_and_mended_and_errors_lose_nothing(client, sam):
    typed = {"name": "Hôtel Neuf", "kind": "HOTEL", "country": "fr", "siret": "123", "website": "neuf.example", "stars": "3"}
    refused = client.post(f"{LIST}new/", typed)
    assert refused.status_code == 422 and "SIRET" in refused.content.decode() and "Hôtel Neuf" in refused.content.decode()
    made = client.post(f"{LIST}new/", {**typed, "siret": ""})
    hotel = Supplier.objects.get(name="Hôtel Neuf")
    assert made.url == page_of(hotel) and (hotel.code, hotel.stars, hotel.website) == ("NEUF", 3, "https://neuf.example")
    client.post(page_of(hotel, "edit/"), {**typed, "siret": "", "stars": "4", "phone": "04"})
    hotel.refresh_from_db()
    assert (hotel.code, hotel.stars, hotel.phone) == ("NEUF", 4, "04")
    assert "Fiche modifi" in client.get(page_of(hotel, "history/")).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"name": "X" * 100_000}, {"name": "\x00"}, {"rooms": "10" * 12}, {"latitude": "nan"}, {"kind": "HOUSE"}]
)
def test_hostile_words_are_refused(client, sam, wrong):
    typed = {"name": "X", "kind": "HOTEL", "country": "FR"}
    assert client.post(f"{LIST}new/", {**typed, **wrong}).status_code == 422
    assert not Supplier.objects.filter(kind="HOTEL").exists()


def test_a_supplier_is_retired_after_a_question(client, sam, hotel):
    assert "Retirer" in client.get(page_of(hotel, "retire/")).content.decode()
    assert Supplier.objects.get(pk=hotel.pk).retired_at is None
    client.post(page_of(hotel, "retire/"), {"reason": "fermé"})
    assert Supplier.objects.get(pk=hotel.pk).retired_at is not None


def test_a_contact_comes_gets_an_account_and_leaves(client, sam, hotel):
    client.post(page_of(hotel, "contacts/new/"), {"name": "Hana", "role": "SALES", "email": "hana@example.org", "language": "fr"})
    contact = Contact.objects.get()
    address = page_of(hotel, f"contacts/{contact.pk}/")
    client.post(address + "account/", {"act": "give"})
    contact.refresh_from_db()
    assert contact.user.email == "hana@example.org" and Message.objects.get().to == "hana@example.org"
    assert "Hana" in client.get(address + "leave/").content.decode()
    client.post(address + "leave/", {})
    assert Contact.objects.get().left_at is not None and client.get(address).status_code == 404
    assert "<del>Hana</del>" in client.get(page_of(hotel)).content.decode()
    assert client.post(page_of(hotel, "contacts/new/"), {"role": "SALES", "language": "fr"}).status_code == 422


def test_a_contract_without_right_to_a_commission_is_refused(client, sam, hotel):
    typed = {"code": "std", "mode": "OWN", "commission": "8,5", "commission_base": "GROSS", "commission_result": "GROSS"}
    typed["commission_vat"] = "standard"
    assert client.post(page_of(hotel, "contracts/new/"), typed).status_code == 422
    client.post(page_of(hotel, "contracts/new/"), {**typed, "mode": "AGENT"})
    contract = Contract.objects.get()
    assert str(contract.commission.normalize()) == "8.5"
    client.post(page_of(hotel, f"contracts/{contract.pk}/"), {"act": "retire"})
    assert Contract.objects.get().retired_at is not None


def test_a_service_and_its_formula(client, sam, hotel):
    typed = {"kind": "MEAL", "code": "DEJ", "name_fr": "Déjeuner", "name_en": "Lunch", "persons_most": "1"}
    answer = client.post(page_of(hotel, "services/new/"), typed)
    service = hotel.services.get()
    assert answer.url == page_of(hotel, f"services/{service.pk}/rates/new/")
    rate = {"code": "DEJ1", "name_fr": "Menu", "occupancy": "1", "board": "NONE", "vat": "standard", "unit": "PERSON"}
    client.post(answer.url, rate)
    assert "Menu" in client.get(page_of(hotel, "services/")).content.decode()
    assert client.post(answer.url, rate).status_code == 422  # its code is taken
    address = page_of(hotel, f"services/{service.pk}/rates/{service.rates.get().pk}/")
    assert client.post(address, {**rate, "unit": "NIGHT"}).status_code == 422


def test_an_iban_is_proposed_by_one_and_approved_by_another(client, sam, hotel):
    bank = page_of(hotel, "bank/")
    assert client.post(bank, {"holder": "SARL", "iban": IBAN[:-1] + "0"}).status_code == 422
    client.post(bank, {"holder": "SARL", "iban": IBAN, "proof": SimpleUploadedFile("rib.pdf", b"%PDF-1.7")})
    account = BankAccount.objects.get()
    decide = f"{bank}{account.pk}/"
    assert client.post(decide, {"act": "approve", "called": "1"}).status_code == 403
    assert client.get(decide + "proof/").status_code == 403
    lea = make_person("Lea", "LEAD")
    client.force_login(lea)
    shown = client.get(bank).content.decode()
    assert account.spelled in shown and client.get(decide + "proof/").content == b"%PDF-1.7"
    client.post(decide, {"act": "approve"})  # without having called back
    assert not hotel.bank_accounts.live().exists()
    client.post(decide, {"act": "approve", "called": "1"})
    assert hotel.bank_accounts.live().get() == account
    client.post(bank, {"holder": "SARL", "iban": OTHER_IBAN})
    second = hotel.bank_accounts.waiting().get()
    client.post(f"{bank}{second.pk}/", {"act": "approve", "called": "1"})
    assert hotel.bank_accounts.live().get() == account  # not by whoever proposed it
    client.force_login(sam)
    assert (
        account.spelled not in client.get(bank).content.decode() and "IBAN" in client.get(f"{LIST}?shown=iban").content.decode()
    )


def test_a_picture_is_put_on_the_sheet_shown_and_taken_off(client, sam, hotel):
    photos = page_of(hotel, "photos/")
    wrong = {"file": SimpleUploadedFile("x.png", b"<svg/>"), "caption_fr": "La façade"}
    assert client.post(photos, wrong).status_code == 422
    client.post(photos, {"file": SimpleUploadedFile("x.png", PIXEL), "caption_fr": "La façade"})
    photo = hotel.photos.get()
    picture = client.get(f"{photos}{photo.pk}/picture/")
    assert picture["Content-Type"] == "image/png" and picture.content == PIXEL
    client.post(f"{photos}{photo.pk}/", {"act": "drop"})
    assert not hotel.photos.exists()


def upload(client, *lines, **facts):
    content = "\r\n".join([HEAD, *lines]).encode("utf-8-sig")
    answer = client.post(f"{LIST}import/", {"file": SimpleUploadedFile("liste.csv", content), **facts})
    work_once()
    return answer.url


def test_a_list_is_read_decided_upon_and_written(client, sam):
    mine = make_hotel(name="Deux Rives", town="Saint-Étienne")
    address = upload(client, RIVES, MARTEAU, cells(MARTEAU, c0="x"), department="42")
    shown = client.get(address).content.decode()
    assert "RÉSIDENCE DU MARTEAU" in shown and Supplier.objects.count() == 1
    imported = SupplierImport.objects.get()
    row = imported.rows.get(verdict="AMBIGUOUS")
    assert "DEUXRIVES" in client.get(f"{address}?tab=AMBIGUOUS").content.decode()
    assert client.get(f"{address}?tab=BROKEN").status_code == 200
    client.post(f"{address}rows/{row.pk}/", {"choice": f"SAME_AS:{mine.pk}"})
    taken = imported.rows.get(verdict="CREATE")
    client.post(f"{address}rows/", {"shown": [taken.pk], "query": "tab=CREATE"})  # unticked
    row.refresh_from_db()
    taken.refresh_from_db()
    assert (row.choice, row.supplier, taken.choice) == ("SAME_AS", mine, "LEAVE")
    client.post(f"{address}write/")
    work_once()
    mine.refresh_from_db()
    assert mine.rooms == 38 and Supplier.objects.count() == 1
    assert client.post(f"{address}write/").status_code == 302
    assert client.get(f"{address}?export=xlsx").status_code == 200 and client.get(address).status_code == 200
    made = client.get(f"{address}?tab=CREATE")
    assert {verdict: number for verdict, _title, number in made.context["tabs"]}["CREATE"] == 0
    assert "RÉSIDENCE DU MARTEAU" not in made.content.decode()  # left, so not said to be made


def test_a_file_that_is_no_list_says_why(client, sam):
    assert client.post(f"{LIST}import/", {"file": SimpleUploadedFile("x.csv", PIXEL)}).status_code == 422
    assert client.post(f"{LIST}import/", {"file": SimpleUploadedFile("x.csv", b"a;b")}).status_code == 302
    work_once()
    assert "CODE POSTAL" in client.get(f"{LIST}import/{SupplierImport.objects.get().pk}/").content.decode()
    assert client.post(f"{LIST}import/", {"file": io.BytesIO(b"a"), "department": "<>"}).status_code == 422


def test_who_is_not_of_the_bureau_sees_none_of_it(client, hotel):
    hana = make_person("Hana")
    Contact.objects.create(supplier=hotel, name="Hana", user=hana)
    client.force_login(hana)
    for tail in ("", "bank/", "edit/", "history/", "photos/", "services/"):
        assert client.get(page_of(hotel, tail)).status_code in (403, 404)
    client.force_login(make_person("Ada", "ACCOUNTANT"))
    assert client.get(page_of(hotel)).status_code == 200 and client.get(f"{LIST}import/").status_code == 403
    assert client.post(f"{LIST}new/", {"name": "X", "kind": "HOTEL", "country": "FR"}).status_code == 403
