"""The file of accounting entries (FEC: LPF L47 A, A47 A-1): 18 columns, TAB, decimal comma, one fiscal year, in order of validation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from pleniere.accounts.actions import the_bureau
from pleniere.accounts.models import Bureau
from pleniere.common.money import ZERO, total
from pleniere.ledger.models import Entry, EntryLine

from .matching import letters
from .queries import BalanceRow, journal_name, trial_balance
from .years import FiscalYear

COLUMNS = [
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
]
SLICE = 500
RESULT = {True: ("120000", "Résultat de l’exercice (bénéfice)"), False: ("129000", "Résultat de l’exercice (perte)")}


class NoSiren(Exception):
    """The file is named by the bureau's SIREN, which is not known yet."""

    def __init__(self) -> None:
        super().__init__(_("The SIRET of the bureau is missing: the file is named by its first nine digits."))


def file_name(year: FiscalYear) -> str:
    """`SirenFECAAAAMMJJ.txt`, by the closing date. Raises NoSiren."""
    try:
        siren = the_bureau().siren
    except Bureau.DoesNotExist as error:
        raise NoSiren from error
    if len(siren) != 9 or not siren.isdigit():
        raise NoSiren
    return f"{siren}FEC{year.closing:%Y%m%d}.txt"


def export(year: FiscalYear) -> bytes:
    """The whole year, UTF-8. EcritureNum counts the year's entries in the order they were validated, opening balances first."""
    return "".join(lines(year)).encode("utf-8")


def lines(year: FiscalYear) -> Iterator[str]:
    yield _line(COLUMNS)
    number = 0
    opening = list(_opening(year))
    if opening:
        number += 1
        yield from opening
    matched = letters()
    entries = Entry.objects.filter(date__gte=year.start, date__lt=year.end).order_by("number")
    for offset in range(0, entries.count(), SLICE):
        for entry in entries.prefetch_related("lines")[offset : offset + SLICE]:
            number += 1
            for row in sorted(entry.lines.all(), key=lambda row: row.pk):
                yield _entry_line(number, entry, row, matched.get(row.pk))


def _entry_line(number: int, entry: Entry, row: EntryLine, matched: tuple[str, date] | None) -> str:
    letter, on = matched or ("", None)
    return _line(
        (
            entry.journal,
            journal_name(entry.journal),
            str(number),
            _day(entry.date),
            row.account,
            row.account_label,
            _aux(row.aux),
            row.aux_label if row.aux else "",
            entry.piece,
            _day(entry.piece_date),
            entry.label,
            _amount(row.debit),
            _amount(row.credit),
            letter,
            _day(on) if on else "",
            _day(timezone.localtime(entry.at).date()),
            "",
            "",
        )
    )


def _opening(year: FiscalYear) -> Iterator[str]:
    """What the years before leave on the accounts of the balance sheet (classes 1 to 5), by owner; their result on 120 or 129."""
    before = trial_balance(end=year.start, by_aux=True)
    kept = [row for row in before if row.account[:1] in "12345" and row.balance]
    result = -total(row.balance for row in before if row.account[:1] not in "12345")  # income less expenses
    if result:
        account, label = RESULT[result > 0]
        debit, credit = max(-result, ZERO), max(result, ZERO)
        kept.append(BalanceRow(account, label, "", "", debit, credit))
    for row in kept:
        debit, credit = max(row.balance, ZERO), max(-row.balance, ZERO)
        start = _day(year.start)
        owner = (_aux(row.aux), row.aux_label if row.aux else "")
        piece = (f"AN{year.start:%Y%m%d}", start, "Reprise des soldes")
        account_ = (row.account, row.label)
        yield _line(
            (
                "AN",
                journal_name("AN"),
                "1",
                start,
                *account_,
                *owner,
                *piece,
                _amount(debit),
                _amount(credit),
                "",
                "",
                start,
                "",
                "",
            )
        )


def _line(cells: tuple[str, ...] | list[str]) -> str:
    """A pipe would be taken for a separator, a tab or a line end breaks the record: neither is left in a text."""
    return "\t".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + "\r\n"


def _aux(aux: str) -> str:
    """ "P:000000010186" as accounting programs take it: letters and digits."""
    return aux.replace(":", "")


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def description(year: FiscalYear) -> str:
    """What the law wants handed over beside the file: what each field holds. In French, as its readers are."""
    fields = {
        "JournalCode, JournalLib": "journal : VE ventes, AC achats, BQ banque, CH chèques, CB cartes, OD opérations diverses, AN à nouveaux",
        "EcritureNum": "rang de l’écriture dans l’exercice, continu, dans l’ordre de validation",
        "EcritureDate": "date de comptabilisation (AAAAMMJJ)",
        "CompteNum, CompteLib": "numéro et libellé du compte au jour de l’écriture",
        "CompAuxNum, CompAuxLib": "compte auxiliaire : P et la référence du payeur, ou S et le code du prestataire ; son nom",
        "PieceRef, PieceDate": "numéro et date de la pièce (facture, reçu, virement, dossier)",
        "EcritureLib": "libellé de l’écriture",
        "Debit, Credit": "montant en euros, virgule décimale",
        "EcritureLet, DateLet": "lettre et date de lettrage, par compte auxiliaire",
        "ValidDate": "date de validation : une écriture est validée dès sa création et ne change plus",
        "Montantdevise, Idevise": "vides : tout est tenu en euros",
    }
    head = [
        f"Fichier des écritures comptables, exercice du {year}",
        "Texte UTF-8, une ligne par mouvement, zones séparées par des tabulations, lignes terminées par CR LF.",
        "",
    ]
    return "\r\n".join([*head, *(f"{name} : {text}." for name, text in fields.items()), ""])
