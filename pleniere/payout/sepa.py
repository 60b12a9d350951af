"""The bank's file: pain.001 by our own hand, in the characters banks take, valid against the ISO schema.

Sources: ISO 20022 pain.001.001.09 and .03, the EPC's customer-to-PSP guidelines (sizes, one remittance text, `SLEV`), EPC217-08
(characters), EPC153-22 (addresses structured or none). `docs/decisions/sepa.md` says why so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from pleniere.common.money import total

V09, V03 = "pain.001.001.09", "pain.001.001.03"
NAME, LINE = 70, 140
REFUSED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
PLAIN = {
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "þ": "th", "ð": "d",
    "&": "+", "_": "-", "–": "-", "—": "-", "‑": "-", "−": "-", "@": "(at)", "€": "EUR", "$": "USD", "£": "GBP", "%": "pct", "°": "o", "№": "No",
    "’": "'", "‘": "'", "“": "'", "”": "'", "«": "'", "»": "'", '"': "'", "`": "'", "´": "'", "[": "(", "]": ")", "{": "(", "}": ")",
    ";": ",", "!": ".", "…": "...", "·": ".", "•": "-", "*": ".", "#": "No", "=": "-", "|": "/", "\\": "/", "~": "-", "<": "(", ">": ")", "×": "x",
}  # fmt: skip


def plain(text: str, length: int) -> str:
    """`text` in the bank's characters, one line, at most `length` of them; what has no equivalent is left out."""
    spelled = "".join(PLAIN.get(c, c) for c in unicodedata.normalize("NFC", text))
    bare = "".join(c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))
    bare = REFUSED.sub("", "".join(" " if c.isspace() else PLAIN.get(c, c) for c in bare))
    return " ".join(bare.split())[:length].strip()


def loses(text: str) -> bool:
    """Does `plain` leave out letters or figures (an alphabet banks do not take)?"""
    kept = sum(c.isalnum() for c in plain(text, len(text) * 4 + 1))
    return kept < sum(c.isalnum() for c in unicodedata.normalize("NFC", text))


def reference(text: str) -> str:
    """An identifier: as `plain`, without `/` at its ends nor twice in a row."""
    return re.sub(r"/{2,}", "/", plain(text, 35)).strip("/ ")


@dataclass(frozen=True)
class Place:
    """An address in its parts; without town or country it is left out, which banks take inside the EEA."""

    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""

    @property
    def is_whole(self) -> bool:
        return bool(plain(self.town, 35) and re.fullmatch(r"[A-Z]{2}", self.country))


@dataclass(frozen=True)
class Debtor:
    """Whose account is debited."""

    name: str
    iban: str
    bic: str = ""
    place: Place = Place()
    siret: str = ""


@dataclass(frozen=True)
class Transfer:
    """One line of the file."""

    end_to_end: str
    amount: Decimal
    name: str
    iban: str
    bic: str = ""
    place: Place = Place()
    words: str = ""  # what the payee reads on its statement


def build(
    debtor: Debtor,
    transfers: Iterable[Transfer],
    *,
    message_id: str,
    on: date,
    made: datetime,
    version: str = V09,
    one_debit: bool = True,
) -> bytes:
    """The file: one payment block, for one account and one date. The same arguments give the same bytes.

    `one_debit` asks for one debit of the whole on the statement rather than one per payee. `made` is local, without zone.
    """
    transfers = list(transfers)
    sums = [("NbOfTxs", str(len(transfers))), ("CtrlSum", f"{total(t.amount for t in transfers):.2f}")]
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{version}"
    document = etree.Element(f"{{{namespace}}}Document", nsmap={None: namespace})  # no prefix: portals read the plain form
    root = _add(document, "CstmrCdtTrfInitn", [])
    _add(
        root,
        "GrpHdr",
        [("MsgId", message_id), ("CreDtTm", made.strftime("%Y-%m-%dT%H:%M:%S")), *sums, ("InitgPty", _initiator(debtor))],
    )
    day: Any = [("Dt", on.isoformat())] if version == V09 else on.isoformat()
    block = _add(
        root,
        "PmtInf",
        [
            ("PmtInfId", message_id),
            ("PmtMtd", "TRF"),
            ("BtchBookg", "true" if one_debit else "false"),
            *sums,
            ("PmtTpInf", [("SvcLvl", [("Cd", "SEPA")]), ("CtgyPurp", [("Cd", "SUPP")])]),
            ("ReqdExctnDt", day),
            ("Dbtr", [("Nm", plain(debtor.name, NAME)), *_address(debtor.place)]),
            ("DbtrAcct", _account(debtor.iban)),
            ("DbtrAgt", _agent(debtor.bic, version)),
            ("ChrgBr", "SLEV"),
        ],
    )
    for transfer in transfers:
        _add(block, "CdtTrfTxInf", _transaction(transfer, version))
    content: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _transaction(transfer: Transfer, version: str) -> list[tuple[str, Any]]:
    return [
        ("PmtId", [("InstrId", transfer.end_to_end), ("EndToEndId", transfer.end_to_end)]),
        ("Amt", [("InstdAmt", f"{transfer.amount:.2f}")]),
        *([("CdtrAgt", _agent(transfer.bic, version))] if transfer.bic else []),
        ("Cdtr", [("Nm", plain(transfer.name, NAME)), *_address(transfer.place)]),
        ("CdtrAcct", _account(transfer.iban)),
        ("Purp", [("Cd", "SUPP")]),
        *([("RmtInf", [("Ustrd", words)])] if (words := plain(transfer.words, LINE)) else []),
    ]


def _initiator(debtor: Debtor) -> list[tuple[str, Any]]:
    siret = re.sub(r"\D", "", debtor.siret)
    return [("Nm", plain(debtor.name, NAME)), *([("Id", [("OrgId", [("Othr", [("Id", siret)])])])] if siret else [])]


def _address(place: Place) -> list[tuple[str, Any]]:
    """Structured, or none at all: since 15 November 2026 an address of free lines alone is refused."""
    if not place.is_whole:
        return []
    parts = [
        ("StrtNm", plain(place.street, 70)),
        ("PstCd", plain(place.postcode, 16)),
        ("TwnNm", plain(place.town, 35)),
        ("Ctry", place.country),
    ]
    return [("PstlAdr", [part for part in parts if part[1]])]


def _account(iban: str) -> list[tuple[str, Any]]:
    return [("Id", [("IBAN", iban.replace(" ", ""))])]


def _agent(bic: str, version: str) -> list[tuple[str, Any]]:
    known = ("BICFI" if version == V09 else "BIC", bic) if bic else ("Othr", [("Id", "NOTPROVIDED")])
    return [("FinInstnId", [known])]


def _add(parent: Any, tag: str, content: list[tuple[str, Any]] | str) -> Any:
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{tag}")
    if tag == "InstdAmt":
        element.set("Ccy", "EUR")
    if isinstance(content, str):
        element.text = content
    else:
        for name, inner in content:
            _add(element, name, inner)
    return element
