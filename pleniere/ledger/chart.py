"""The chart of accounts: what each role is called and where a new bureau keeps it. Numbers and labels are the bureau's to change.

Code names roles only; the number an entry bore is written on its line, so that a chart changed later leaves the past as it was.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from .models import Account, Entry

CLIENTS = "CLIENTS"
PRINCIPALS = "PRINCIPALS"
TOURIST_TAX = "TOURIST_TAX"
SUPPLIERS = "SUPPLIERS"
ADVANCES = "ADVANCES"
DEPOSITS = "DEPOSITS"
VAT_OUT = "VAT_OUT"
VAT_ON_DEPOSITS = "VAT_ON_DEPOSITS"
VAT_IN = "VAT_IN"
SUSPENSE = "SUSPENSE"
CHEQUES = "CHEQUES"
CARDS = "CARDS"
BANK = "BANK"
CASH = "CASH"
SALES = "SALES"
MARGIN_SALES = "MARGIN_SALES"
COMMISSIONS = "COMMISSIONS"
PENALTIES = "PENALTIES"
PURCHASES = "PURCHASES"
MARGIN_PURCHASES = "MARGIN_PURCHASES"
DISCOUNTS = "DISCOUNTS"
CARD_FEES = "CARD_FEES"
BAD_DEBTS = "BAD_DEBTS"

# role: what it is, then (number, label) in the plan comptable général and in M4 (public establishments and régies).
# The labels are the accountant's, hence French; the first column is what the office shows.
ROLES = {
    CLIENTS: (_("clients"), ("411000", "Clients"), ("411000", "Redevables")),
    PRINCIPALS: (
        _("money held for suppliers"),
        ("467000", "Mandants, fonds à reverser"),
        ("467100", "Mandants, fonds à reverser"),
    ),
    TOURIST_TAX: (_("tourist tax collected"), ("467100", "Taxe de séjour à reverser"), ("467180", "Taxe de séjour à reverser")),
    SUPPLIERS: (_("suppliers"), ("401000", "Fournisseurs"), ("401100", "Fournisseurs")),
    ADVANCES: (
        _("advances to suppliers"),
        ("409100", "Avances versées aux fournisseurs"),
        ("409100", "Avances et acomptes versés"),
    ),
    DEPOSITS: (_("deposits of clients"), ("419100", "Clients, acomptes reçus"), ("419100", "Redevables, avances reçues")),
    VAT_OUT: (_("VAT collected"), ("445710", "TVA collectée"), ("445710", "TVA collectée")),
    VAT_ON_DEPOSITS: (
        _("VAT on deposits"),
        ("445870", "TVA sur acomptes à régulariser"),
        ("445870", "TVA sur acomptes à régulariser"),
    ),
    VAT_IN: (_("deductible VAT"), ("445660", "TVA déductible"), ("445660", "TVA déductible")),
    SUSPENSE: (
        _("receipts of nobody yet"),
        ("471000", "Recettes à classer"),
        ("471300", "Recettes perçues avant émission des titres"),
    ),
    CHEQUES: (_("cheques to remit"), ("511200", "Chèques à encaisser"), ("511200", "Chèques à encaisser")),
    CARDS: (_("cards to remit"), ("511500", "Cartes bancaires à encaisser"), ("511500", "Cartes bancaires à l’encaissement")),
    BANK: (_("bank"), ("512000", "Banque"), ("515000", "Compte au Trésor")),
    CASH: (_("cash box"), ("530000", "Caisse"), ("531000", "Caisse")),
    SALES: (_("sales"), ("706000", "Prestations de services"), ("706000", "Prestations de services")),
    MARGIN_SALES: (
        _("sales with VAT on the margin"),
        ("706100", "Prestations, régime de la marge"),
        ("706100", "Prestations, régime de la marge"),
    ),
    COMMISSIONS: (_("commissions"), ("708200", "Commissions et courtages"), ("708200", "Commissions et courtages")),
    PENALTIES: (_("cancellation fees"), ("708800", "Indemnités d’annulation"), ("708800", "Indemnités d’annulation")),
    PURCHASES: (_("purchases"), ("604000", "Achats de prestations de services"), ("604000", "Achats de prestations de services")),
    MARGIN_PURCHASES: (
        _("purchases with VAT on the margin"),
        ("604100", "Achats, régime de la marge"),
        ("604100", "Achats, régime de la marge"),
    ),
    DISCOUNTS: (
        _("discounts the house bears"),
        ("658000", "Remises prises en charge"),
        ("658000", "Remises prises en charge"),
    ),
    CARD_FEES: (_("card fees"), ("627800", "Commissions sur cartes"), ("627800", "Commissions sur cartes")),
    BAD_DEBTS: (
        _("irrecoverable debts"),
        ("654000", "Pertes sur créances irrécouvrables"),
        ("654000", "Créances irrécouvrables"),
    ),
}
PUBLIC = {"EPIC", "REGIE"}  # kinds of bureau that keep public accounts (M4)


class UnknownRole(Exception):
    """No account can be found for this role: it is none of the chart's."""


def default(role: str, kind: str = "ASSOCIATION") -> tuple[str, str]:
    """(number, label) a bureau of this kind starts with."""
    try:
        _name, private, public = ROLES[role]
    except KeyError as error:
        raise UnknownRole(role) from error
    return public if kind in PUBLIC else private


@transaction.atomic
def make_chart(kind: str) -> list[Account]:
    """Every role's account for a bureau of this kind. A repeat changes nothing, save before the first entry: then it renumbers."""
    renumber = not Entry.objects.exists()
    for role in ROLES:
        number, label = default(role, kind)
        account, is_new = Account.objects.get_or_create(role=role, defaults={"number": number, "label": label})
        if not is_new and renumber and (account.number, account.label) in _defaults(role):
            Account.objects.filter(pk=account.pk).update(number=number, label=label)
    return list(Account.objects.order_by("number"))


def _defaults(role: str) -> set[tuple[str, str]]:
    return {default(role, "ASSOCIATION"), default(role, "EPIC")}


def accounts(roles: set[str]) -> dict[str, Account]:
    """The accounts of these roles, in one query; one that was never set up takes its usual number."""
    found = {account.role: account for account in Account.objects.filter(role__in=roles)}
    for role in sorted(roles - found.keys()):
        number, label = default(role)
        found[role] = Account.objects.get_or_create(role=role, defaults={"number": number, "label": label})[0]
    return found
