"""The PDF says all the law has it say, in both languages."""

from datetime import timedelta
from decimal import Decimal as D
from io import BytesIO

import pikepdf
import pytest
from django.utils import translation

from pleniere.accounts.rights import SYSTEM
from pleniere.invoicing.actions import credit, issue_commission_invoice, issue_deposit_invoice, issue_invoices
from pleniere.invoicing.papers import file_name, invoice_pdf, paper_of

from .world import NOW, billing_world, bought, firm_leaflet, receive, sign_mandate


@pytest.fixture
def world(db):
    return billing_world()


def words(invoice):
    """Everything on the paper as one text."""
    with translation.override(invoice.language):
        return str(paper_of(invoice)).replace("\xa0", " ").replace("\\xa0", " ")


def one(booking):
    return issue_invoices(booking, by=SYSTEM, at=NOW).invoices[0]


def test_a_french_invoice_bears_every_mention(world):
    text = words(one(bought(world, world.own)))
    for mention in [
        "Facture FA2027-00001",
        "123456789",
        "Claire Fournier",
        "Émise le 1er mars 2027",
        "Nature de l’opération : prestation de services",
        "TVA 20 % sur 20,00 €",
        "24,00 €",
        "Reste à payer",
        "40 €",
        "trois fois le taux d’intérêt légal",
        "pas d’escompte",
        "IM042100001",
        "Garant, 1 rue du Garant",
        "Assureur, 2 rue",
    ]:
        assert mention in text, mention


def test_it_is_acquitted_once_the_money_came(world):
    booking = bought(world, world.own)
    invoice = one(booking)
    receive(booking.payers.get(), "10.00")
    assert "Acquittée" not in words(invoice)
    receive(booking.payers.get(), "14.00")
    assert "Acquittée le 2 mars 2027" in words(invoice)


def test_the_margin_scheme_and_the_mandate_are_named(world):
    assert "Régime particulier-Agences de voyages" in words(one(bought(world, world.tour)))
    sign_mandate(world.hotel)
    text = words(one(bought(world, world.room)))
    assert "au nom et pour le compte de ADAGIO SAINT ETIENNE CENTRE" in text and "732829320" in text


def test_an_english_booking_has_an_english_invoice(world):
    booking = bought(world, world.own)
    booking.language = "en"
    booking.save()
    text = words(one(booking))
    assert "Invoice FA2027-00001" in text and "€24.00" in text
    assert not {"Facture", "TVA", "Reste"} & set(text.replace("'", " ").split())


def test_each_kind_is_set_without_a_warning(world):
    booking = bought(world, world.own, world.dinner)
    payer = booking.payers.get()
    payer.client.last_name = "O’Brien \u202eevil <b>#set</b> 😀 " + "x" * 30
    payer.client.save()
    receive(payer, "30.00")
    (deposit,) = issue_deposit_invoice(payer, by=SYSTEM, at=NOW)
    final = one(booking)
    note = credit(final, by=SYSTEM, at=NOW + timedelta(days=1))
    firm_leaflet(world)
    (commission,) = issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=NOW + timedelta(days=1))
    for document in (deposit, final, note, commission):
        content = invoice_pdf(document, strict=True)
        with pikepdf.open(BytesIO(content)) as pdf:
            assert len(pdf.pages) == 1
    assert file_name(note) == "FA2027-00003.pdf"
    assert final.total == D("49.00") and "Acompte déjà facturé" in words(final)
    assert invoice_pdf(final) == invoice_pdf(final)
