"""What each line of a list asks for: to make a supplier, to change one, nothing, or a decision of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pleniere.common.words import fold

from ..models import ImportRow, Supplier, SupplierId, SupplierImport
from . import atout_france
from .atout_france import SCHEME, Listed, core, digest

SLICE = 1000
COMPARED = ("name", "stars", "typology", "address", "town", "website", "rooms", "capacity", "classified_on")
VERDICT, CHOICE = ImportRow.Verdict, ImportRow.Choice
Said = Callable[[int, int], None]  # lines done, of how many


@dataclass
class Reading:
    """What is remembered from line to line: a digest per line, never the lines."""

    imported: SupplierImport
    decided: dict[str, int]  # digest → supplier, said by somebody at an earlier import
    seen: dict[str, int] = field(default_factory=dict)  # identity's digest → line
    matched: set[int] = field(default_factory=set)  # suppliers that a line of this list is
    twins: dict[int, str] = field(default_factory=dict)  # first lines of a name that came twice → the other lines
    counts: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)


def read(imported: SupplierImport, file: BinaryIO, said: Said = lambda done, total: None) -> SupplierImport:
    """Judge the whole list and leave the import READ, with a row for each line that asks for something.

    Begun again it forgets what it had judged. Raises NotThisList, the import being FAILED then.
    """
    begun = timezone.now()
    imported.rows.all().delete()
    try:
        form = atout_france.shape(file)
    except atout_france.NotThisList as error:
        SupplierImport.objects.filter(pk=imported.pk).update(state=SupplierImport.State.FAILED, error=str(error)[:500])
        raise
    reading = Reading(imported, dict(SupplierId.objects.filter(scheme=SCHEME).values_list("value", "supplier")))
    done = 0
    for lines in _slices(atout_france.listed(file, form)):
        _judge(reading, lines)
        done += len(lines)
        SupplierImport.objects.filter(pk=imported.pk).update(touched_at=timezone.now())
        said(done, form.lines)
    _look_back(reading)
    seconds = (timezone.now() - begun).total_seconds()
    facts = {"encoding": form.encoding, "separator": form.separator, "columns": len(form.columns), "seconds": round(seconds, 1)}
    imported.counts = {**count(imported), "SAME": reading.counts["SAME"], "lines": done, **facts}
    imported.counts["ignored"] = dict(reading.ignored)
    imported.counts["IGNORE"] = sum(reading.ignored.values())
    imported.state = SupplierImport.State.READ
    imported.save(update_fields=["counts", "state"])
    return imported


def count(imported: SupplierImport) -> dict[str, int]:
    """Rows by verdict, and how many fields would change."""
    counts = dict.fromkeys(VERDICT.values, 0)
    counts |= dict(Counter(imported.rows.values_list("verdict", flat=True)))
    changes = imported.rows.filter(verdict=VERDICT.CHANGE).values_list("changes", flat=True)
    return counts | {"fields": sum(len(change) for change in changes)}


def differences(supplier: Supplier, facts: dict[str, Any]) -> list[list[Any]]:
    """[field, before, after, typed by hand?] of each field in which the list says something new of this supplier.

    What somebody typed over the list's word stands until the list itself says another; then it is shown, never overwritten
    unasked. A field still empty is simply filled.
    """
    found: list[list[Any]] = []
    for name in COMPARED:
        if name not in facts:
            continue
        now, new, last = _plain(getattr(supplier, name)), facts[name], supplier.imported.get(name)
        if now == new:
            continue
        by_hand = now not in (None, "") and now != last
        if not (by_hand and last == new):
            found.append([name, now, new, by_hand])
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _slices(lines: Iterator[Listed]) -> Iterator[list[Listed]]:
    while chunk := list(islice(lines, SLICE)):
        yield chunk


def _judge(reading: Reading, lines: list[Listed]) -> None:
    rows: list[ImportRow] = []
    wanted: list[tuple[Listed, str]] = []
    for row in lines:
        if row.reason:
            rows.append(_row(reading, row, VERDICT.BROKEN, reason=row.reason, detail=row.detail[:250]))
        elif reason := _filtered(reading.imported, row):
            reading.ignored[reason] += 1
        else:
            wanted.append((row, row.identity))
    known = _known(reading, wanted)
    strangers: list[Listed] = []
    for row, identity in wanted:
        if first := _seen_before(reading, row, identity):
            rows.append(_row(reading, row, VERDICT.AMBIGUOUS, reason="twice", detail=str(first)))
        elif (supplier := known.get(row.line)) is not None:
            rows += _of_known(reading, row, supplier)
        else:
            strangers.append(row)
    rows += _of_strangers(reading, strangers)
    with transaction.atomic():
        ImportRow.objects.bulk_create(rows)


def _filtered(imported: SupplierImport, row: Listed) -> str:
    if imported.department and imported.department not in (row.department, row.facts["postcode"][:2]):
        return "department"
    wanted = imported.typologies or atout_france.TYPOLOGIES
    return "" if row.facts["typology"] in wanted else "typology"


def _seen_before(reading: Reading, row: Listed, identity: str) -> int:
    """The line where this name, postcode and typology stood already; 0 if none, or if somebody told the two apart once."""
    if _decided(reading, row) is not None:
        return 0
    key = digest(identity)
    first = reading.seen.setdefault(key, row.line)
    if first == row.line:
        return 0
    reading.twins[first] = f"{reading.twins[first]}, {row.line}" if first in reading.twins else str(row.line)
    return first


def _decided(reading: Reading, row: Listed) -> int | None:
    if not reading.decided:
        return None
    return reading.decided.get(address_digest(row.facts)) or reading.decided.get(identity_digest(row.facts))


def identity_digest(facts: dict[str, Any]) -> str:
    return digest(facts["name"], facts["postcode"], facts["typology"])


def address_digest(facts: dict[str, Any]) -> str:
    """The same with the address: it tells two houses of one name apart."""
    return digest(facts["name"], facts["postcode"], facts["typology"], facts.get("address", ""))


def _known(reading: Reading, wanted: list[tuple[Listed, str]]) -> dict[int, Supplier]:
    """The supplier that each line is, where there is one: what somebody once decided comes before the words."""
    decided = {row.line: pk for row, _identity in wanted if (pk := _decided(reading, row)) is not None}
    rows = Supplier.objects.filter(Q(identity__in=[identity for _row, identity in wanted]) | Q(pk__in=decided.values()))
    by_pk = {supplier.pk: supplier for supplier in rows.only("pk", "identity", "imported", "retired_at", *COMPARED)}
    by_identity = {supplier.identity: supplier for supplier in by_pk.values() if supplier.identity}
    known = {row.line: by_identity[identity] for row, identity in wanted if identity in by_identity}
    return known | {line: by_pk[pk] for line, pk in decided.items() if pk in by_pk}


def _of_known(reading: Reading, row: Listed, supplier: Supplier) -> list[ImportRow]:
    reading.matched.add(supplier.pk)
    if supplier.retired_at is not None:
        reading.ignored["retired"] += 1
        return [_row(reading, row, VERDICT.IGNORE, reason="retired", supplier=supplier)]
    changes = differences(supplier, row.facts)
    if not changes:
        reading.counts["SAME"] += 1
        return []
    return [_row(reading, row, VERDICT.CHANGE, supplier=supplier, changes=changes)]


def _of_strangers(reading: Reading, lines: list[Listed]) -> list[ImportRow]:
    """New ones, unless they look like somebody we have: then a person says, we never merge."""
    near = _neighbours({row.facts["postcode"] for row in lines}) if lines else {}
    rows = []
    for row in lines:
        reason, alike = _alike(row.facts, near.get(row.facts["postcode"], []))
        if alike:
            candidates = [[supplier["pk"], supplier["code"], supplier["name"]] for supplier in alike[:6]]
            rows.append(_row(reading, row, VERDICT.AMBIGUOUS, reason=reason, candidates=candidates, choice=CHOICE.LEAVE))
        else:
            rows.append(_row(reading, row, VERDICT.CREATE))
    return rows


def _neighbours(postcodes: set[str]) -> dict[str, list[dict[str, Any]]]:
    near: dict[str, list[dict[str, Any]]] = {}
    rows = Supplier.objects.filter(postcode__in=postcodes).exclude(kind__in=[Supplier.Kind.HOUSE, Supplier.Kind.PLACEHOLDER])
    for row in rows.values("pk", "code", "name", "address", "postcode", "typology").iterator():
        near.setdefault(row["postcode"], []).append(dict(row))
    return near


def _alike(facts: dict[str, Any], near: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Those of the same postcode with the same name but for words as "hôtel", or at the same numbered address.

    One whose official typology is another is another establishment, whatever its name.
    """
    near = [other for other in near if other["typology"] in ("", facts["typology"])]
    if same_name := [other for other in near if core(other["name"]) == core(facts["name"])]:
        return "alike", same_name
    address = fold(facts.get("address", ""))
    if not any(letter.isdigit() for letter in address):
        return "", []
    return "address", [other for other in near if fold(other["address"]) == address]


def _row(reading: Reading, row: Listed, verdict: str, **facts: Any) -> ImportRow:
    if verdict == VERDICT.AMBIGUOUS:
        facts.setdefault("choice", CHOICE.LEAVE)
    return ImportRow(imported=reading.imported, line=row.line, verdict=verdict, name=row.name, facts=row.facts, **facts)


def _look_back(reading: Reading) -> None:
    """What only the end of the list tells: the first of two namesakes is as doubtful as the second, and a supplier that
    another line is cannot be meant by this one."""
    rows = reading.imported.rows
    for row in rows.filter(line__in=reading.twins).select_related("supplier"):
        if row.verdict in (VERDICT.CREATE, VERDICT.CHANGE):
            if row.supplier is not None:
                row.candidates = [[row.supplier.pk, row.supplier.code, row.supplier.name]]
            row.verdict, row.reason, row.detail = VERDICT.AMBIGUOUS, "twice", reading.twins[row.line][:250]
            row.choice, row.changes, row.supplier = CHOICE.LEAVE, [], None
            row.save()
    for row in rows.filter(verdict=VERDICT.AMBIGUOUS, reason__in=["alike", "address"]):
        left = [candidate for candidate in row.candidates if candidate[0] not in reading.matched]
        if left != row.candidates:
            row.candidates = left
            if not left:
                row.verdict, row.reason, row.choice = VERDICT.CREATE, "", CHOICE.TAKE
            row.save()
