"""A sub-block is made, edited, priced; the days on which what is unsold goes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import Client, Link
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Rate
from pleniere.common.words import LocalText
from pleniere.congress.actions import edit_audience, edit_offer, edit_pool, make_audience, make_pool
from pleniere.congress.actions.prices import PriceRow, rows_of, set_prices
from pleniere.congress.models import Audience, Congress, Offer, Pool

from .. import letters
from ..models import ReturnStep, SubBlock
from .frame import Refused, link_of, lock, plain


@dataclass(frozen=True)
class Contact:
    """Who looks after it, without an account."""

    name: str
    email: str
    language: str = "fr"
    client: Client | None = None


@dataclass(frozen=True)
class StepFacts:
    """On a day, a share of what is unsold goes back."""

    on: date
    percent: Decimal = Decimal(100)


@transaction.atomic
def make_sub_block(
    congress: Congress,
    code: str,
    *,
    name: LocalText | dict[str, str],
    secret: str,
    contact: Contact,
    pays_as: Audience,
    also: Iterable[Audience] = (),
    purpose: str = "",
    steps: Sequence[StepFacts] = (),
    parent: Pool | None = None,
    by: Actor,
    at: datetime,
) -> SubBlock:
    """Cut a pool from the congress's own (or `parent`), opened by the code `secret`, for people who pay as `pays_as` does.

    Whoever gives the code may take everything that is reserved to `pays_as` too. The contact is written to, with a link of its own.
    Raises Refused in words: a code somebody has, a day that is past …
    """
    require(by, "subblock.edit", congress)
    said: dict[str, Any] = {"by": by, "at": at}
    if congress.pools.filter(code=code).exists() or congress.audiences.filter(code=code).exists():
        raise Refused(_("This short name is taken in this congress."))
    pool = make_pool(congress, code, name=name, parent=parent or _main_pool(congress), **said)
    facts: dict[str, Any] = {
        "proof": Audience.Proof.CODE,
        "secret": secret.strip(),
        "falls_back_to": pays_as,
        "shows": pays_as.shows,
    }
    audience = make_audience(congress, code, name=name, kind=pays_as.kind, **facts, **said)
    for offer in Offer.objects.filter(congress=congress, audiences=pays_as, retired_at=None):
        edit_offer(offer, audiences=[*offer.audiences.all(), audience], **said)
    sub_block = SubBlock.objects.create(
        congress=congress,
        pool=pool,
        audience=audience,
        purpose=plain(purpose, 160),
        client=contact.client,
        contact_name=plain(contact.name, 120),
        contact_email=contact.email,
        language=contact.language,
        made_at=at,
    )
    sub_block.also.set(also)
    _write_steps(sub_block, steps, at=at)
    trace(by, "subblock.made", sub_block, at=at, after={"code": code, "contact": contact.email})
    letters.made(sub_block, link_of(sub_block))
    return sub_block


def _main_pool(congress: Congress) -> Pool:
    found = congress.pools.filter(parent=None)
    pool = found.filter(code="CONGR").first() or found.first()
    if pool is None:
        raise Refused(_("This congress has no stock yet: retain rooms first."))
    return pool


@transaction.atomic
def edit_sub_block(
    sub_block: SubBlock,
    *,
    name: LocalText | dict[str, str],
    secret: str,
    contact: Contact,
    also: Iterable[Audience] = (),
    purpose: str = "",
    by: Actor,
    at: datetime,
) -> SubBlock:
    """Write these facts. Another contact gets a link of its own; the former one's ends."""
    require(by, "subblock.edit", sub_block)
    sub_block = lock(sub_block)
    said: dict[str, Any] = {"by": by, "at": at}
    edit_pool(sub_block.pool, name=name, **said)
    edit_audience(sub_block.audience, name=LocalText(name), secret=secret.strip(), **said)
    is_new_contact = contact.email.casefold() != sub_block.contact_email.casefold()
    before = {"contact": sub_block.contact_email, "purpose": sub_block.purpose}
    sub_block.purpose, sub_block.client = plain(purpose, 160), contact.client
    sub_block.contact_name, sub_block.contact_email = plain(contact.name, 120), contact.email
    sub_block.language = contact.language
    sub_block.save(update_fields=["purpose", "client", "contact_name", "contact_email", "language"])
    sub_block.also.set(also)
    for offer in Offer.objects.filter(pool=sub_block.pool_id, retired_at=None):
        edit_offer(offer, audiences=admitted(sub_block), **said)
    _price_for_all(sub_block, **said)
    trace(by, "subblock.edited", sub_block, at=at, before=before, after={"contact": contact.email, "purpose": sub_block.purpose})
    if is_new_contact:
        links.revoke(sub_block, purpose=Link.Purpose.SUBBLOCK, at=at)
        letters.made(sub_block, link_of(sub_block))
    return sub_block


def admitted(sub_block: SubBlock) -> list[Audience]:
    """Who may take from it."""
    return [sub_block.audience, *sub_block.also.all()]


@transaction.atomic
def set_steps(sub_block: SubBlock, steps: Sequence[StepFacts], *, by: Actor, at: datetime) -> None:
    """These are the days still to come on which rooms go back; those done stay. Raises Refused."""
    require(by, "subblock.edit", sub_block)
    sub_block = lock(sub_block)
    before = [str(step) for step in sub_block.steps.filter(done_at=None)]
    sub_block.steps.filter(done_at=None).delete()
    _write_steps(sub_block, steps, at=at)
    after = [str(step) for step in sub_block.steps.filter(done_at=None)]
    if before != after:
        trace(by, "subblock.steps", sub_block, at=at, before={"steps": before}, after={"steps": after})


def _write_steps(sub_block: SubBlock, steps: Sequence[StepFacts], *, at: datetime) -> None:
    congress = sub_block.congress
    for step in steps:
        if not congress.local_date(at) < step.on <= congress.ends:
            raise Refused(_("Rooms go back after today, and before the congress is over."))
        if not 0 < step.percent <= 100:
            raise Refused(_("A share lies above 0 and up to 100 %."))
    done = set(sub_block.steps.values_list("on", flat=True))
    if len({step.on for step in steps} | done) < len(steps) + len(done):
        raise Refused(_("Two steps fall on one day: make them one."))
    ReturnStep.objects.bulk_create(ReturnStep(sub_block=sub_block, on=step.on, percent=step.percent) for step in steps)


@transaction.atomic
def set_price(sub_block: SubBlock, rate: Rate, amount: Decimal | None, *, by: Actor, at: datetime) -> None:
    """What its guests pay a night by this rate, VAT included; none: the price of everybody again. What is sold keeps its price."""
    require(by, "subblock.edit", sub_block)
    sub_block = lock(sub_block)
    others = [row for row in rows_of(sub_block.congress, rate) if row.pool != sub_block.pool]
    own = [] if amount is None else [PriceRow(amount, audience=each, pool=sub_block.pool) for each in admitted(sub_block)]
    set_prices(sub_block.congress, rate, [*others, *own], by=by, at=at)
    after = {"rate": str(rate), "amount": "" if amount is None else f"{amount:.2f}"}
    trace(by, "subblock.priced", sub_block, at=at, after=after)


def _price_for_all(sub_block: SubBlock, *, by: Actor, at: datetime) -> None:
    """Its own prices hold for whoever is admitted by now, and for nobody who is not."""
    pool, who = sub_block.pool, admitted(sub_block)
    rates = Rate.objects.filter(prices__pool=pool, prices__congress=sub_block.congress_id).distinct()
    for rate in rates.order_by("pk"):
        rows = rows_of(sub_block.congress, rate)
        kept = [row for row in rows if row.pool != pool or row.audience in who]
        own = [row for row in kept if row.pool == pool and row.audience == sub_block.audience]
        new = [each for each in who if not any(row.pool == pool and row.audience == each for row in kept)]
        set_prices(sub_block.congress, rate, [*kept, *(replace(row, audience=each) for row in own for each in new)], by=by, at=at)
