"""The whole trade in a browser, from an empty house to the books, in English: and no page of it says a word of French."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sepaxml
from lxml import etree

from pleniere.messaging.worker import work_once

from .hands import Hands

SCHEMAS = Path(sepaxml.__file__).parent / "schemas"
PASSWORD = "a long enough sentence"
IBAN_HOUSE, IBAN_HOTEL = "FR7630006000011234567890189", "FR1420041010050500013M02606"
PEOPLE = {"luc": ("luc@bureau.example", "Luke Lead", "LEAD"), "claire": ("claire@bureau.example", "Clara Count", "ACCOUNTANT")}


class Chain(Hands):
    """Somebody at every desk of the trade, from the house to its books."""

    # -- the house

    def found_the_house(self) -> None:
        self.sit("ada")
        self.go("/")
        self.fill(bureau="Bright Bureau", kind="ASSOCIATION", name="Ada Admin", email="ada@bureau.example")
        self.fill(password=PASSWORD, again=PASSWORD)
        self.press("Open the bureau")
        assert self.page.url.endswith("/office/")

    def complete_the_settings(self) -> None:
        self.sit("ada")
        self.go("/office/settings/")
        self.fill(legal_name="Bright Bureau Association", legal_form="association", siret="12345678200002")
        self.fill(registration_number="IM042000000", guarantor="Garant SA, Paris", insurer="Insure SA, Lyon")
        self.fill(mediator="Mediation SA, Paris", address="16 Long Street", postcode="42000", town="Saint-Étienne")
        self.fill(phone="04 00 00 00 00", email="hello@bureau.example")
        self.press("Save")
        self.go("/office/settings/mail/")
        self.fill(sender="hello@bureau.example", reply_to="hello@bureau.example")
        self.press("Save")
        self.go("/office/settings/tourist-tax/")
        self.fill(town="Saint-Étienne", lodging_class="3", since="2024-01-01", amount="1.20")
        self.page.locator("main form button[type=submit]").last.click()

    def invite_people(self) -> None:
        for who, (email, name, role) in PEOPLE.items():
            self.sit("ada")
            self.go("/office/people/invite/")
            self.fill(email=email, name=name, language="en")
            self.tick("bureau_roles", role)
            self.press("Invite them")
            self.press("Show the invitation’s link")
            link = self.page.locator("main .notice code").inner_text()
            self.sit(who)
            self.go(link)
            self.fill(password=PASSWORD, again=PASSWORD)
            self.press("Choose this password")
            assert self.page.url.endswith("/office/")

    def sign_the_house_account(self) -> None:
        self.sit("claire")
        self.go("/office/suppliers/")
        self.page.locator("main").get_by_role("link", name="Bright Bureau").first.click()
        self.facts["house"] = re.search(r"/suppliers/(\d+)/", self.page.url)[1]
        self.account(self.facts["house"], IBAN_HOUSE, "Bright Bureau Association")

    def account(self, supplier: str, iban: str, holder: str) -> None:
        """One proposes, another calls back and approves."""
        self.sit("claire")
        self.go(f"/office/suppliers/{supplier}/bank/")
        self.fill(holder=holder, iban=iban)
        self.press("Propose this account")
        self.sit("luc")
        self.go(f"/office/suppliers/{supplier}/bank/")
        self.tick("called")
        self.press("Approve")
        assert "Approved" in self.text() and iban[-4:] in re.sub(r"\s", "", self.text())

    # -- suppliers

    def make_suppliers(self) -> None:
        self.sit("luc")
        self.supplier("hotel", "Bright Hotel", "HOTEL", stars="3", contract={"mode": "AGENT", "commission": "8"})
        self.go(f"/office/suppliers/{self.facts['hotel']}/contacts/new/")
        self.fill(name="Hana Host", role="SALES", email="hana@hotel.example", language="en")
        self.press("Add this contact")
        self.account(self.facts["hotel"], IBAN_HOTEL, "Bright Hotel")

    def supplier(self, key: str, name: str, kind: str, *, contract: dict[str, str], **facts: str) -> None:
        self.go("/office/suppliers/new/")
        self.fill(name=name, kind=kind, town="Saint-Étienne", postcode="42000", address="1 Short Street", **facts)
        self.press("Make this supplier")
        self.facts[key] = re.search(r"/suppliers/(\d+)/", self.page.url)[1]
        self.go(f"/office/suppliers/{self.facts[key]}/contracts/new/")
        self.fill(**contract)
        self.press("Make this contract")

    # -- the congress, by its assistant

    def make_the_congress(self) -> None:
        self.sit("luc")
        self.go("/office/congresses/new/")
        self.local(title="Spring Forum")
        self.fill(code="forum", starts=self.starts, last=self.starts + timedelta(days=1), venue="Long Hall")
        self.fill(venue_address="2 Long Street", organiser="Forum Society", organiser_email="olive@forum.example")
        self.fill(organiser_language="en")
        self.fill(help_name="Luke Lead", help_email="luc@bureau.example", help_phone="04 00 00 00 00")
        for step in ("fee", "lodging", "meals"):
            self.tick("steps", step)
        self.press("Create it, and go on")
        self.offer("fee", "Forum fee", "FEE", "60.00")
        self.offer("meals", "Gala dinner", "MEAL", "48.00", day=self.starts, places=40, starts_at="20:00")
        for kind, days in {"card": 1, "transfer": 12, "cheque": 12}.items():
            self.go("/office/congresses/forum/setup/payment/?guide=1")
            self.tick(f"{kind}-is_on")
            self.fill(**{f"{kind}-hold_days": days})
            self.press("Save, and go on")
        self.press("Take this one")
        self.go("/office/congresses/forum/setup/texts/?guide=1")
        self.fill(**{"terms-text_fr": "Registration is firm once paid.", "terms-text_en": "Registration is firm once paid."})
        self.page.locator("button[name=TERMS]").click()
        self.read()
        self.go("/office/congresses/forum/setup/preview/?guide=1")
        assert "Forum fee" in self.look("/office/congresses/forum/setup/preview/?step=fee")

    def local(self, **words: str) -> None:
        """A text in both languages: the same, so that a page of either shows English."""
        for name, word in words.items():
            self.fill(**{f"{name}_fr": word, f"{name}_en": word})

    def offer(self, step: str, name: str, kind: str, amount: str, **facts: Any) -> None:
        self.go("/office/congresses/forum/setup/offers/new/?guide=1")
        choice = self.page.locator('[name="step"] option', has_text={"fee": "fee", "meals": "Meals"}[step]).first
        contract = self.page.locator('[name="contract"] option', has_text="Bright Bureau").first
        self.fill(step=choice.get_attribute("value"), contract=contract.get_attribute("value"), kind=kind)
        self.local(name=name)
        self.fill(amount=amount, basis="GROSS", **facts)
        if kind == "FEE":
            self.tick("audiences")
            self.tick("is_mandatory")
        self.press("Save")

    def look(self, path: str) -> str:
        self.go(path)
        return self.text()

    # -- rooms

    def ask_for_rooms(self) -> None:
        self.sit("luc")
        self.go("/office/congresses/forum/requests/new/")
        deadline = date.today() + timedelta(days=20)
        self.fill(arrival=self.starts, departure=self.starts + timedelta(days=2), cutoff=self.starts - timedelta(days=30))
        self.fill(deadline=f"{deadline}T18:00")
        self.press("Show the grid for these nights")
        self.tick("ask:DOUBLE")
        for field in self.page.locator('[name^="need:DOUBLE:"]').all():
            field.fill("10")
        self.press("Keep, and choose the recipients")
        self.tick("supplier", self.facts["hotel"])
        self.press("Keep the choice")
        self.press("Send to 1 supplier")

    def the_hotel_answers(self) -> None:
        link = self.mail_to("hana@hotel.example")
        self.facts["hotel_link"] = link
        self.sit("hana", 390)
        self.go(link)
        self.fill(**{"n:DOUBLE": "10", "p:DOUBLE": "100.00", "name": "Hana Host"})
        self.press("Send my answer")

    def retain(self) -> None:
        self.sit("luc")
        self.go("/office/congresses/forum/requests/")
        self.page.locator("main tbody a").first.click()
        self.read()
        for cell in self.page.locator('[name="cell"]').all():
            cell.check()
        self.press("Retain what is ticked…")
        self.press("Retain 20 room nights")

    def quote(self) -> None:
        self.sit("luc")
        self.go("/office/congresses/forum/quotes/")
        self.press("Build the quote from what is retained")
        self.press("Send it to olive@forum.example")
        link = self.mail_to("olive@forum.example")
        self.sit("olive")
        self.go(link)
        self.fill(name="Olive Organiser", function="President")
        self.tick("may")
        self.press("Accept")
        assert "Accepted by Olive Organiser" in self.text()

    def open_registration(self) -> None:
        self.sit("luc")
        self.go("/office/congresses/forum/setup/opening/")
        self.press("Open registration")

    # -- delegates

    def register_by_card(self) -> None:
        """A delegate with a companion: the fee, a double room for both, paid by card at the sandbox bank."""
        self.register("nora", "Nora", "North", companion="Noel")
        self.order("CARD")
        self.press("Pay €160.00", exact=True)
        self.facts["card"] = self.number()

    def register_by_transfer(self) -> None:
        self.register("tom", "Tom", "Third")
        self.order("TRANSFER")
        self.facts["transfer"] = self.number()

    def register(self, who: str, first: str, last: str, companion: str = "") -> None:
        self.sit(who)
        self.go("/c/forum/")
        self.page.locator("main .hero button, main aside button").first.click()
        self.read()
        self.fill(**{"p0-first_name": first, "p0-last_name": last, "p0-institution": "North Office"})
        if companion:
            self.page.locator('label:has([name="p0-with_companion"])').click()
            self.fill(**{"p0-c_first_name": companion, "p0-c_last_name": last})
        self.press("Save the participant")
        self.press("Take it")
        self.fill(adults="2" if companion else "1", nights="1")
        self.page.locator(".search button").first.click()
        self.read()
        self.page.locator(".hotel__buy a").first.click()
        self.read()
        self.press("Take this room")
        self.press("Next step")
        self.press("Next step")
        self.page.locator(".next .button--main").click()
        self.read()
        self.fill(email=f"{who}@north.example", address="3 Long Street", postcode="42000", town="Saint-Étienne")
        self.page.locator("#step .button--main").first.click()
        self.read()

    def order(self, method: str) -> None:
        self.tick("method", method)
        self.tick("terms")
        self.press("Order with obligation to pay")

    def number(self) -> str:
        found = re.search(r"\b(0{4})\s?(\d{4})\b", self.text())
        assert found, self.text()
        return found[1] + found[2]

    # -- the office's day

    def receive(self) -> None:
        self.sit("claire")
        self.go(f"/office/bookings/{self.facts['transfer']}/receipts/")
        self.fill(kind="TRANSFER")
        self.press("Write the receipt")
        self.look_through_the_booking()

    def look_through_the_booking(self) -> None:
        for tab in ("", "general/", "payments/", "changes/", "mails/", "suppliers/", "documents/"):
            assert "Tom" in self.look(f"/office/bookings/{self.facts['transfer']}/{tab}") or tab

    def send_the_rooming_list(self) -> None:
        self.sit("luc")
        self.go("/office/congresses/forum/lists/")
        self.press("Make the usual lists")
        self.page.locator("main tbody tr", has_text="Bright Hotel").first.locator("a").first.click()
        self.read()
        here = self.page.url
        self.go(here + "recipients/")
        self.fill(to="hana@hotel.example", language="en")
        self.press("Add this recipient")
        self.go(here + "send/")
        self.press("Send to 1 recipient")
        link = self.mail_to("hana@hotel.example")
        self.sit("hana", 390)
        self.go(link)
        assert "North" in self.text()
        self.press("We have taken it in")

    def the_hotel_takes_them_in(self) -> None:
        self.sit("hana", 390)
        self.go(self.facts["hotel_link"])
        self.press("Take all in")

    def invoices(self) -> None:
        self.sit("claire")
        self.go(f"/office/bookings/{self.facts['card']}/documents/")
        self.press("Make these documents")
        self.go("/office/invoices/commissions/")
        self.tick("due")
        self.press("Invoice the commissions of those chosen")

    def pay_the_hotel(self) -> bytes:
        self.sit("claire")
        self.go("/office/congresses/forum/payouts/")
        self.press("Prepare the payouts chosen")
        self.sit("luc")
        self.go("/office/congresses/forum/payouts/made/")
        self.press("Approve")
        self.sit("claire")
        self.go("/office/congresses/forum/payouts/file/")
        self.press("Make the SEPA file")
        file = self.page.url
        with self.page.expect_download() as download:
            self.page.locator("main a[href$='/download/'], a[href$='/download/']").first.click()
        content = download.value.path().read_bytes()
        self.press("It is at the bank")
        for choice in self.page.locator('select[name^="what-"]').all():
            choice.select_option("EXECUTED")
        self.press("Write down what the bank said")
        assert self.page.url == file
        return content

    def read_the_books(self) -> str:
        """The journal, the balance, the audit; and what the tax office asks for."""
        self.sit("claire")
        for path in ("", "balance/", "chart/", "months/", "audit/"):
            self.go(f"/office/books/{path}")
        self.press("Audit now")
        work_once()  # the worker is another process
        self.go(self.page.url)
        assert "No difference" in self.text()
        answer = self.page.request.get(f"{self.url}/office/books/fec/{date.today().year}/")
        assert answer.ok
        return answer.text()


@pytest.mark.django_db(transaction=True)
def test_from_an_empty_house_to_the_books_in_english(browser, live_server, settings):
    settings.SITE_URL = live_server.url
    chain = Chain(browser, live_server.url)
    chain.found_the_house()
    chain.complete_the_settings()
    chain.invite_people()
    chain.sign_the_house_account()
    chain.make_suppliers()
    chain.make_the_congress()
    chain.ask_for_rooms()
    chain.the_hotel_answers()
    chain.retain()
    chain.quote()
    chain.open_registration()
    chain.register_by_card()
    chain.register_by_transfer()
    chain.receive()
    chain.send_the_rooming_list()
    chain.the_hotel_takes_them_in()
    chain.invoices()
    file = chain.pay_the_hotel()
    schema = etree.XMLSchema(etree.parse(str(SCHEMAS / "pain.001.001.09.xsd")))
    assert schema.validate(etree.fromstring(file)), schema.error_log
    journal = chain.read_the_books().splitlines()
    assert journal[0].startswith("JournalCode") and len(journal) > 10
    assert chain.seen == {}
