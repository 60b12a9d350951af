"""How one may pay, under which terms, and the binding texts: every version kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.models import actor_name
from pleniere.accounts.rights import Actor
from pleniere.catalogue.models import Clause, Terms
from pleniere.common.words import LocalText

from .. import uses
from ..models import Congress, LegalText, Method, Offer
from ..terms import ClauseFacts, clauses_of, wrong
from .frame import Refused, check, editing, put, tell

MOST_DAYS = 120


@transaction.atomic
def set_method(congress: Congress, kind: str, *, by: Actor, at: datetime, **facts: Any) -> Method:
    """Offer a way to pay, change it, or stop offering it (`is_on`). What is placed by it stays.

    Refused: the last one of an open congress taken away; a card without provider; days beyond reason.
    """
    with editing(congress, by=by, at=at) as fresh:
        method = fresh.methods.filter(kind=kind).first()
        if method is None:
            method = Method(congress=fresh, kind=kind, position=fresh.methods.count())
        is_on = facts.get("is_on", method.is_on)
        if kind == Method.Kind.CARD and is_on and not facts.get("provider", method.provider):
            raise Refused(_("Which provider takes the cards?"))
        if not 1 <= facts.get("hold_days", method.hold_days) <= MOST_DAYS:
            raise Refused(_("Rooms are held from 1 to %(n)s days for a payment to come.") % {"n": MOST_DAYS})
        before, after = put(method, facts)
        if fresh.state == Congress.State.OPEN and not fresh.methods.filter(is_on=True).exists():
            raise Refused(_("Registration is open: one means of payment at least stays."))
        tell(fresh, "method.set", method, by=by, at=at, before=before, after={"kind": kind, **after} if after else {})
    return method


@transaction.atomic
def set_terms(congress: Congress, clauses: Sequence[ClauseFacts], *, name: str, by: Actor, at: datetime) -> Terms:
    """Make the congress's terms exactly these clauses. Who ordered keeps the terms of that day: then the list is a new one.

    Refused, with the reasons: a share above the whole, parts due that exceed it, a date missing, two that begin the same day.
    """
    with editing(congress, by=by, at=at) as fresh:
        reasons = wrong(clauses)
        if reasons:
            raise Refused(*reasons)
        was = clauses_of(fresh.terms)
        if fresh.terms and was == list(clauses) and fresh.terms.name == name:
            return fresh.terms
        terms = fresh.terms if fresh.terms and _is_own(fresh) else Terms(code=_terms_code(fresh))
        terms.name = name
        check(terms)
        terms.save()
        terms.clauses.all().delete()
        Clause.objects.bulk_create(Clause(terms=terms, **vars(clause)) for clause in clauses)
        Congress.objects.filter(pk=fresh.pk).update(terms=terms)
        congress.terms = terms
        said = {"terms": [str(clause) for clause in was]}, {"terms": [str(clause) for clause in clauses]}
        tell(fresh, "terms.set", fresh, by=by, at=at, before=said[0], after={"code": terms.code, **said[1]})
    return terms


@transaction.atomic
def write_legal_text(
    congress: Congress, text: LocalText | dict[str, str], *, by: Actor, at: datetime, kind: str = LegalText.Kind.TERMS
) -> LegalText:
    """The next version of a binding text; the same words again are the same version. Who accepted one keeps that one."""
    with editing(congress, by=by, at=at) as fresh:
        words = LocalText({code: words.strip() for code, words in text.items() if words.strip()})
        last = fresh.legal_texts.filter(kind=kind).order_by("-version").first()
        digest = hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        if last is not None and last.sha256 == digest:
            return last
        if not words:
            raise Refused(_("A binding text has words."))
        number = last.version + 1 if last else 1
        row = LegalText(congress=fresh, kind=kind, version=number, text=words, sha256=digest, at=at, by=actor_name(by))
        check(row)
        row.save()
        tell(fresh, "text.written", row, by=by, at=at, after={"kind": kind, "version": number, "sha256": digest})
    return row


def _is_own(congress: Congress) -> bool:
    """May its terms be rewritten in place: nobody else's, and nobody ordered under them yet?"""
    assert congress.terms is not None
    own = congress.terms.code == congress.code or congress.terms.code.startswith(f"{congress.code}-")
    others = Congress.objects.filter(terms=congress.terms).exclude(pk=congress.pk)
    return own and not others.exists() and not Offer.objects.filter(terms=congress.terms).exists() and not uses.orders(congress)


def _terms_code(congress: Congress) -> str:
    number = 1
    code = congress.code
    while Terms.objects.filter(code=code).exists():
        number += 1
        code = f"{congress.code[:27]}-{number}"
    return code
