"""The suppliers that a list asks to make or to change, written slice by slice, each line once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pleniere.accounts.models import Trace, subject_of
from pleniere.common.words import fold

from ..models import ImportRow, Supplier, SupplierId, SupplierImport, identity_of
from ..signals import edited
from .atout_france import SCHEME, core, department_of
from .judging import CHOICE, SLICE, VERDICT, Said, address_digest, differences, identity_digest

CODE = 16  # characters of a code made from a name


class Codes:
    """Codes for new suppliers, each free: DEUXRIVES; then with the département; then with a number."""

    def __init__(self) -> None:
        self.taken = set(Supplier.objects.values_list("code", flat=True))
        self.next: Counter[str] = Counter()

    def new(self, name: str, postcode: str = "", town: str = "") -> str:
        words = core(name).split()
        words = [word for word in words if word not in fold(town).split()] or words  # its town names no house
        plain = "".join(letter for letter in "".join(words) if letter.isascii() and letter.isalnum()).upper()
        base = plain[:CODE] or "SUPPLIER"
        code = base
        if code in self.taken and postcode:
            code = base = f"{base}{department_of(postcode)}"
        while code in self.taken:
            self.next[base] += 1
            code = f"{base}-{self.next[base] + 1}"
        self.taken.add(code)
        return code


def write(imported: SupplierImport, *, at: datetime, said: Said = lambda done, total: None) -> dict[str, int]:
    """Do what the rows ask and their deciders chose; how many of each outcome. Called again it does only what is left.

    Rows are judged once more as they are written: a supplier edited since the reading keeps what was typed.
    """
    left = imported.rows.filter(done_at=None).filter(
        Q(verdict__in=[VERDICT.CREATE, VERDICT.CHANGE], choice=CHOICE.TAKE)
        | Q(verdict=VERDICT.AMBIGUOUS, choice__in=[CHOICE.NEW, CHOICE.SAME_AS])
    )
    total, done, codes = left.count(), 0, Codes()
    while rows := list(left.order_by("line")[:SLICE]):
        with transaction.atomic():
            _write(rows, codes, imported.written_by or imported.by, at)
        done += len(rows)
        SupplierImport.objects.filter(pk=imported.pk).update(touched_at=timezone.now())
        said(done, total)
    return dict(Counter(imported.rows.exclude(outcome="").values_list("outcome", flat=True)))


def _write(rows: list[ImportRow], codes: Codes, by: str, at: datetime) -> None:
    outcomes: dict[str, list[ImportRow]] = {}
    new = [row for row in rows if _is_new(row)]
    old = [row for row in rows if not _is_new(row) and row.supplier_id]
    for row, outcome in [*_create(new, codes, by, at), *_change(old, by, at)]:
        outcomes.setdefault(outcome, []).append(row)
    told = {row.pk for several in outcomes.values() for row in several}
    outcomes.setdefault("gone", []).extend(row for row in rows if row.pk not in told)
    for outcome, several in outcomes.items():
        ImportRow.objects.filter(pk__in=[row.pk for row in several]).update(done_at=at, outcome=outcome)


def _is_new(row: ImportRow) -> bool:
    return row.verdict == VERDICT.CREATE or row.choice == CHOICE.NEW


def _create(rows: list[ImportRow], codes: Codes, by: str, at: datetime) -> Iterable[tuple[ImportRow, str]]:
    identities = {row.pk: _identity(row.facts) for row in rows}
    taken = set(Supplier.objects.filter(identity__in=identities.values()).values_list("identity", flat=True))
    made: list[Supplier] = []
    outcomes: list[tuple[ImportRow, str]] = []
    for row in rows:
        identity: str | None = identities[row.pk]
        if identity in taken:
            if row.verdict == VERDICT.CREATE:  # made meanwhile, by another import
                outcomes.append((row, "known"))
                continue
            identity = None  # a namesake: its address tells it apart
        else:
            taken.add(identity)
        made.append(
            _supplier(row.facts, codes.new(row.facts["name"], row.facts["postcode"], row.facts.get("town", "")), identity)
        )
        outcomes.append((row, "created"))
    Supplier.objects.bulk_create(made)
    apart = [
        SupplierId(supplier=supplier, scheme=SCHEME, value=address_digest(row.facts))
        for supplier, row in zip(made, [row for row, outcome in outcomes if outcome == "created"], strict=True)
        if row.reason == "twice"
    ]
    SupplierId.objects.bulk_create(apart, ignore_conflicts=True)
    _trace([(supplier, "supplier.imported", {}, {"code": supplier.code}) for supplier in made], by, at)
    return outcomes


def _identity(facts: dict[str, Any]) -> str:
    return identity_of(facts["name"], facts["postcode"], facts["typology"])


def _supplier(facts: dict[str, Any], code: str, identity: str | None) -> Supplier:
    supplier = Supplier(**_typed(facts), code=code, identity=identity, imported=facts)
    supplier.search = _search(supplier)
    return supplier


def _typed(facts: dict[str, Any]) -> dict[str, Any]:
    day = facts.get("classified_on")
    return facts | ({"classified_on": date.fromisoformat(day)} if day else {})


def _search(supplier: Supplier) -> str:
    return fold(supplier.name, supplier.code, supplier.legal_name, supplier.town, supplier.postcode)


def _change(rows: list[ImportRow], by: str, at: datetime) -> Iterable[tuple[ImportRow, str]]:
    pks = sorted(row.supplier_id for row in rows if row.supplier_id)
    suppliers = {s.pk: s for s in Supplier.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")}
    outcomes: list[tuple[ImportRow, str]] = []
    told: list[tuple[Supplier, str, dict[str, Any], dict[str, Any]]] = []
    for row in rows:
        supplier = suppliers.get(row.supplier_id or 0)
        if supplier is None:
            outcomes.append((row, "gone"))
            continue
        before, after = _apply(supplier, row)
        if row.verdict == VERDICT.AMBIGUOUS:
            SupplierId.objects.get_or_create(
                scheme=SCHEME,
                value=address_digest(row.facts) if row.reason == "twice" else identity_digest(row.facts),
                defaults={"supplier": supplier},
            )
        if after:
            told.append((supplier, "supplier.reimported", before, after))
        outcomes.append((row, "changed" if after else "kept"))
    fields = ["imported", "search", "name", "stars", "typology", "address", "town", "website", "rooms", "capacity"]
    Supplier.objects.bulk_update(suppliers.values(), [*fields, "classified_on"], batch_size=100)
    edited.send(Supplier, suppliers=[supplier.pk for supplier, *_told in told])
    _trace(told, by, at)
    return outcomes


def _apply(supplier: Supplier, row: ImportRow) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write what the list says of it; what was typed by hand only if somebody said so. Before and after, for the trace."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, was, new, by_hand in differences(supplier, row.facts):
        if by_hand and not row.overwrite:
            continue
        before[name], after[name] = was, new
        setattr(supplier, name, date.fromisoformat(new) if name == "classified_on" else new)
    supplier.imported = {**supplier.imported, **row.facts}  # seen: the same again is nothing new
    supplier.search = _search(supplier)
    return before, after


def _trace(told: list[tuple[Supplier, str, dict[str, Any], dict[str, Any]]], by: str, at: datetime) -> None:
    Trace.objects.bulk_create(
        Trace(at=at, actor=by, verb=verb, subject=subject_of(supplier), label=supplier.name[:200], before=before, after=after)
        for supplier, verb, before, after in told
    )
