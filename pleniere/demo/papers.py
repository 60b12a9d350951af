"""What goes to and fro on paper: the organiser's quote, and the lists that leave the house."""

from __future__ import annotations

from decimal import Decimal

from pleniere.accounts.models import Link
from pleniere.lists.actions import make_usual_lists, send_list, subscribe
from pleniere.lists.models import ListDefinition
from pleniere.quote.actions import accept_quote, edit_quote, fingerprint, make_quote, refuse_quote, send_quote
from pleniere.quote.models import Quote
from pleniere.quote.retained import LineFacts, facts_of

from .stage import Stage

OWN = (  # what the organiser itself pays
    LineFacts("Auditorium, deux jours", Decimal("1850.00"), 1, Decimal(20), group="Lieu"),
    LineFacts("Café d’accueil", Decimal("4.40"), 300, Decimal(10), group="Restauration"),
)


def quote(stage: Stage) -> None:
    """A first version refused, the second accepted: then registration may open."""
    first = make_quote(stage.here, by=stage.agent, at=stage.ago(54))
    link = send_quote(first, by=stage.agent, at=stage.ago(54, 16))
    words = "Il manque le tarif des déjeuners : pouvez-vous compléter ?"
    refuse_quote(first, why=words, name="Oscar Lemaire", by=link, at=stage.ago(51, 9))
    second = make_quote(stage.here, by=stage.agent, at=stage.ago(50))
    lines = [*(facts_of(line) for line in second.lines.all()), *OWN]
    edit_quote(second, lines=lines, text=second.text, valid_until=second.valid_until, by=stage.agent, at=stage.ago(50, 10))
    _accept(second, send_quote(second, by=stage.agent, at=stage.ago(50, 11)), stage)


def _accept(quote: Quote, link: Link, stage: Stage) -> None:
    quote.refresh_from_db()
    facts = {"name": "Oscar Lemaire", "function": "délégué général", "address": "192.0.2.20"}
    accept_quote(quote, **facts, seen=fingerprint(quote), by=link, at=stage.ago(47, 15))


def lists(stage: Stage) -> None:
    """The usual lists; the hotel with an account has had its own once, before the last changes."""
    at = stage.ago(3, 9)
    made = make_usual_lists(stage.here, by=stage.agent, at=at)
    rooming = next(
        each for each in made if each.kind == ListDefinition.Kind.ROOMING and each.supplier == stage.suppliers["DEUXRIVES"]
    )
    mailbox = subscribe(rooming, to="reception@deuxrives.example", weekday=0, by=stage.agent, at=at)
    send_list(rooming, slot="demo", to=[mailbox], by=stage.agent, at=at)
