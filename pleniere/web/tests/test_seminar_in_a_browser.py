"""A seminar for thirty, in a browser, in French: from the first call to the invoice, each gesture counted (docs/seminar.md)."""

import re
import time
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.utils import timezone

from pleniere.booking.tests.world import make_supplier
from pleniere.catalogue.actions import Part, set_package
from pleniere.common.words import LocalText
from pleniere.congress.models import Congress
from pleniere.invoicing.models import Invoice
from pleniere.invoicing.tests.world import billing_world
from pleniere.messaging.models import Message
from pleniere.quote.models import Quote

from .browser import look_at, sign_in

DOCS = Path(__file__).resolve().parents[3] / "docs" / "seminar.md"
SECONDS = 15  # a person needs for a gesture: to read, to find, to type
NAMES = "Nom\tPrénom\tE-mail\n" + "\n".join(f"Nom{n}\tPrénom{n}\tp{n}@metal.example" for n in range(30))


class Hand:
    """Clicks and fields filled, counted."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def fill(self, label, words):
        self.page.get_by_label(label, exact=True).fill(words)
        self.count += 1

    def press(self, name, role="button"):
        self.page.get_by_role(role, name=name).first.click()
        self.page.wait_for_load_state()
        self.count += 1

    def check(self, label):
        self.page.get_by_label(label).first.check()
        self.count += 1


@pytest.fixture
def w(transactional_db):
    w = billing_world()
    w.venue = make_supplier("LIEU", "VENUE", mode="OWN", name="Domaine des Gorges")
    parts = [Part(LocalText(fr="Salle"), "standard", D(20)), Part(LocalText(fr="Repas"), "intermediate", D(45))]
    set_package(w.venue, "JOUR", parts, by=w.agent, at=timezone.now())
    return w


def test_thirty_people_two_days_one_invoice_in_under_thirty_minutes(page, context, live_server, w):
    sign_in(page, live_server, w.agent)
    begun, hand = time.monotonic(), Hand(page)
    page.goto(f"{live_server.url}/office/enquiries/new/")
    for label, words in {
        "Événement": "Séminaire Métal Loire",
        "Contact, organisme": "Métal Loire",
        "E-mail": "t.girin@metal.example",
        "Combien de personnes": "30",
        "Premier jour": "2030-05-13",
        "Dernier jour": "2030-05-14",
    }.items():
        hand.fill(label, words)
    hand.press("Enregistrer")
    hand.press("Un séminaire", role="link")
    hand.check(re.compile("Domaine des Gorges"))
    hand.fill("Prix demandé par personne, TTC", "72,00")
    hand.fill("Nos frais d’organisation, TTC", "600")
    hand.press("Écrire le devis")
    hand.press("Envoyer à t.girin@metal.example")
    accept(context, live_server, hand)
    page.goto(f"{live_server.url}/office/congresses/{Congress.objects.get(quotes__isnull=False).code}/account/")
    page.get_by_label("Noms, collés depuis un tableur").fill(NAMES)
    hand.count += 1
    hand.press("Ces personnes viennent")
    assert "30 personnes nommées" in page.locator("main").inner_text()
    hand.fill("Personnes", "28")
    hand.press("Changer le nombre")
    hand.press("Émettre la facture")
    assert Invoice.objects.get().total == D("4632.00")
    assert "4 632,00" in page.locator("main").inner_text().replace("\u00a0", " ")
    assert look_at(page, page.url) == []
    told(hand.count, time.monotonic() - begun)


def accept(context, live_server, hand):
    """The organiser opens the link of the mail on its own screen, and says yes."""
    link = re.search(r"https?://[^/\s]+(/l/[\w-]+/)", Message.objects.get(template="quote/quote").text).group(1)
    theirs = context.browser.new_context(locale="fr-FR").new_page()
    theirs.goto(live_server.url + link)
    assert "65,00" not in theirs.locator("body").inner_text()
    their_hand = Hand(theirs)
    their_hand.fill("Vos prénom et nom", "Thomas Girin")
    their_hand.fill("Votre fonction", "Directeur")
    their_hand.check(re.compile("J’ai pouvoir"))
    their_hand.press(re.compile("^Accepter pour"))
    assert Quote.objects.get(state="ACCEPTED").answered_name == "Thomas Girin"
    hand.count += their_hand.count
    theirs.context.close()


def told(gestures, seconds):
    """The page of the documentation says what was counted; a way that grows longer fails here."""
    said = int(re.search(r"\*\*(\d+) gestures\*\*", DOCS.read_text()).group(1))
    assert gestures == said
    assert gestures * SECONDS + seconds < 30 * 60
