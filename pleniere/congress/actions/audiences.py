"""Who pays what, when, from which stock: audiences, sale periods, pools."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.common.words import LocalText

from ..checks import is_circle, ties
from ..models import Audience, Congress, Pool, Price, Window
from .frame import Refused, editing, put, tell

DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@transaction.atomic
def make_audience(
    congress: Congress, code: str, *, name: LocalText | dict[str, str], by: Actor, at: datetime, **facts: Any
) -> Audience:
    """A kind of people. Refused: a fall-back in a circle or of another kind, a code that another audience has, a proof without its means."""
    with editing(congress, by=by, at=at) as fresh:
        last = fresh.audiences.order_by("-position").values_list("position", flat=True).first()
        audience = Audience(congress=fresh, code=code)
        facts = {"position": (last if last is not None else -1) + 1, **facts, "name": LocalText(name)}
        _check_audience(fresh, audience, facts)
        _before, after = put(audience, facts)
        tell(fresh, "audience.made", audience, by=by, at=at, after=_hidden(after))
    return audience


@transaction.atomic
def edit_audience(audience: Audience, *, by: Actor, at: datetime, **facts: Any) -> Audience:
    """Write these facts. Its code and its kind stay: prices, files and people name them."""
    with editing(audience.congress, by=by, at=at) as congress:
        audience = Audience.objects.get(pk=audience.pk)
        if facts.pop("kind", audience.kind) != audience.kind:
            raise Refused(_("Delegates do not become companions: make another audience."))
        facts.pop("code", None)
        _check_audience(congress, audience, facts)
        before, after = put(audience, facts)
        tell(congress, "audience.edited", audience, by=by, at=at, before=_hidden(before), after=_hidden(after))
    return audience


@transaction.atomic
def drop_audience(audience: Audience, *, by: Actor, at: datetime) -> None:
    """Remove an audience that nothing names: an offer without it would open to all, a price would go with it (Refused)."""
    with editing(audience.congress, by=by, at=at) as congress:
        reasons = []
        if audience.offers.exists():
            reasons.append(_("Offers are reserved to it: without it they would be open to all."))
        if audience.prices.exists():
            reasons.append(_("Prices are made for it."))
        if Audience.objects.filter(falls_back_to=audience).exists():
            reasons.append(_("Another audience falls back to it."))
        _drop(congress, audience, reasons, by=by, at=at)


@transaction.atomic
def make_window(
    congress: Congress, code: str, *, name: LocalText | dict[str, str], by: Actor, at: datetime, **facts: Any
) -> Window:
    """A sale period; `closes` is the first day on which it no longer holds."""
    with editing(congress, by=by, at=at) as fresh:
        window = Window(congress=fresh, code=code)
        facts = {**facts, "name": LocalText(name)}
        _check_window(facts.get("opens"), facts.get("closes"))
        _before, after = put(window, facts)
        tell(fresh, "window.made", window, by=by, at=at, after=after)
    return window


@transaction.atomic
def edit_window(window: Window, *, by: Actor, at: datetime, **facts: Any) -> Window:
    """Move or rename a period. Refused where its prices would then tie with another's, or something on sale lose its price."""
    with editing(window.congress, by=by, at=at) as congress:
        window = Window.objects.get(pk=window.pk)
        facts.pop("code", None)
        _check_window(facts.get("opens", window.opens), facts.get("closes", window.closes))
        before, after = put(window, facts)
        _refuse_ties(congress, window)
        tell(congress, "window.edited", window, by=by, at=at, before=before, after=after)
    return window


@transaction.atomic
def drop_window(window: Window, *, by: Actor, at: datetime) -> None:
    with editing(window.congress, by=by, at=at) as congress:
        reasons = [_("Prices hold in this period: change them first.")] if window.prices.exists() else []
        _drop(congress, window, reasons, by=by, at=at)


@transaction.atomic
def make_pool(
    congress: Congress, code: str, *, name: LocalText | dict[str, str], parent: Pool | None = None, by: Actor, at: datetime
) -> Pool:
    """A bucket of stock of its own, apart from the others'; or cut from a `parent`, whose prices hold in it. No part of a part."""
    with editing(congress, by=by, at=at) as fresh:
        if parent is not None and (parent.congress_id != fresh.pk or parent.parent_id is not None):
            raise Refused(_("A part is cut from a pool of this congress that is no part itself."))
        pool = Pool(congress=fresh, code=code, parent=parent)
        _before, after = put(pool, {"name": LocalText(name)})
        tell(fresh, "pool.made", pool, by=by, at=at, after=after)
    return pool


@transaction.atomic
def edit_pool(pool: Pool, *, name: LocalText | dict[str, str], by: Actor, at: datetime) -> Pool:
    with editing(pool.congress, by=by, at=at) as congress:
        pool = Pool.objects.get(pk=pool.pk)
        before, after = put(pool, {"name": LocalText(name)})
        tell(congress, "pool.edited", pool, by=by, at=at, before=before, after=after)
    return pool


@transaction.atomic
def drop_pool(pool: Pool, *, by: Actor, at: datetime) -> None:
    """Remove a pool that holds nothing and sells nothing (Refused)."""
    with editing(pool.congress, by=by, at=at) as congress:
        reasons = []
        if pool.offers.exists():
            reasons.append(_("Offers take from it."))
        if pool.prices.exists():
            reasons.append(_("Prices are made for it."))
        if pool.parts.exists():
            reasons.append(_("Parts were cut from it."))
        _drop(congress, pool, reasons, by=by, at=at)


def _drop(congress: Congress, row: Audience | Window | Pool, reasons: list[str], *, by: Actor, at: datetime) -> None:
    if reasons:
        raise Refused(*reasons)
    kind = {Audience: "audience.dropped", Window: "window.dropped", Pool: "pool.dropped"}[type(row)]
    tell(congress, kind, row, by=by, at=at, before={"code": row.code})
    try:
        with transaction.atomic():
            row.delete()
    except models.ProtectedError as error:
        raise Refused(_("It is in use: bookings or stock name it.")) from error


def _check_audience(congress: Congress, audience: Audience, facts: dict[str, Any]) -> None:
    def of(name: str) -> Any:
        return facts.get(name, getattr(audience, name))

    reasons = []
    back, proof = of("falls_back_to"), of("proof")
    if back is not None and back.congress_id != congress.pk:
        reasons.append(_("This audience belongs to another congress."))
    elif back is not None and not audience._state.adding and is_circle(audience, back):
        reasons.append(_("“%(name)s” would fall back to itself.") % {"name": of("name")})
    elif back is not None and back.kind != of("kind"):
        reasons.append(_("Delegates fall back to delegates, companions to companions."))
    if proof == Audience.Proof.CODE:
        reasons += _wrong_secret(congress, audience, of("secret"))
    if proof == Audience.Proof.LIST:
        reasons += _wrong_list(of("listed"))
    if proof == Audience.Proof.DOMAIN:
        reasons += _wrong_domains(of("domains"))
    if reasons:
        raise Refused(*reasons)


def _wrong_secret(congress: Congress, audience: Audience, secret: str) -> list[str]:
    if len(secret.strip()) < 4:
        return [_("Its code has four characters at least.")]
    others = congress.audiences.filter(proof=Audience.Proof.CODE).exclude(pk=audience.pk)
    if any(other.secret.strip().casefold() == secret.strip().casefold() for other in others):
        return [_("Another audience has this code.")]
    discounts = congress.discounts.filter(retired_at=None)
    if any(each.secret.strip().casefold() == secret.strip().casefold() for each in discounts):
        return [_("This code is taken.")]
    return []


def _wrong_list(listed: str) -> list[str]:
    lines = [line.strip() for line in listed.splitlines() if line.strip()]
    if not lines:
        return [_("Its list is empty: nobody could prove it.")]
    wrong = []
    for line in lines:
        try:
            validate_email(line)
        except ValidationError:
            wrong.append(line[:60])
    return [_("Not an e-mail address: %(lines)s.") % {"lines": ", ".join(wrong[:5])}] if wrong else []


def _wrong_domains(domains: str) -> list[str]:
    lines = [line.strip().lstrip("@") for line in domains.splitlines() if line.strip()]
    if not lines:
        return [_("It names no mail domain: nobody could prove it.")]
    wrong = [line[:60] for line in lines if not DOMAIN.fullmatch(line)]
    return [_("Not a mail domain: %(lines)s.") % {"lines": ", ".join(wrong[:5])}] if wrong else []


def _check_window(opens: Any, closes: Any) -> None:
    if opens and closes and not opens < closes:
        raise Refused(_("This period closes before it opens."))
    if opens is None and closes is None:
        raise Refused(_("A period opens or closes some day: without either it is no period."))


def _refuse_ties(congress: Congress, window: Window) -> None:
    windows = {each.pk: each for each in congress.windows.all()}
    for rate_id, side in set(window.prices.values_list("rate", "side")):
        rows = list(Price.objects.filter(congress=congress, rate=rate_id, side=side).select_related("rate"))
        if ties(rows, windows):
            reason = _("Two prices of “%(what)s” would hold for the same people on the same days, and nothing decide.")
            raise Refused(reason % {"what": rows[0].rate})


def _hidden(facts: dict[str, Any]) -> dict[str, Any]:
    """A code that opens hidden offers is not told by the trace, only that it changed; nor are the people of a list."""
    return {name: "***" if name in ("secret", "listed") and value else value for name, value in facts.items()}
