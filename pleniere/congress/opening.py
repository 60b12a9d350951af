"""What stands between a congress and its opening: each lack in words, with the place where it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from pleniere.accounts.models import Bureau
from pleniere.catalogue.models import BankAccount

from . import uses
from .checks import BUY, holes, say, unsellable_stays
from .models import Congress, LegalText, Method, Step

QUOTE = "quote"


@dataclass(frozen=True)
class Missing:
    """One lack. `where` names the page of its cure, `pk` the row on it; what does not block is advice."""

    code: str
    text: str
    where: str
    pk: int | None = None
    blocks: bool = True


def what_is_missing(congress: Congress, *, at: datetime) -> list[Missing]:
    """All that is missing, what blocks first."""
    parts = (_bureau, _frame, _steps, _prices, _stays, _payment, _words)
    found = [each for part in parts for each in part(congress, at)]
    return sorted(found, key=lambda each: not each.blocks)


def _bureau(congress: Congress, at: datetime) -> Iterator[Missing]:
    bureau = Bureau.objects.filter(pk=1).first()
    for label in bureau.missing() if bureau else []:
        yield Missing("bureau", _("The bureau’s sheet lacks: %(what)s.") % {"what": label}, "bureau")


def _frame(congress: Congress, at: datetime) -> Iterator[Missing]:
    if not congress.title:
        yield Missing("title", _("It has no title."), "general")
    if congress.ends <= congress.local_date(at):
        yield Missing("dates", _("Its dates are past."), "general")
    if congress.closes_at and congress.closes_at <= at:
        yield Missing("closes", _("The day on which registration closes is past."), "general")
    if not congress.help_email and not congress.help_phone:
        yield Missing("help", _("Nobody is named to help: no e-mail, no phone."), "general")
    if congress.kind == Congress.Kind.EVENT and not uses.quote_accepted(congress):
        yield Missing(QUOTE, _("The organiser has not accepted a quote yet."), "quotes")


def _steps(congress: Congress, at: datetime) -> Iterator[Missing]:
    steps = list(congress.steps.all())
    if not any(step.kind == Step.Kind.PERSONS for step in steps):
        yield Missing("persons", _("It has no step for the participants."), "steps")
    offers = list(congress.offers.filter(retired_at=None).select_related("service"))
    if not any(not offer.office_only for offer in offers):
        yield Missing("offers", _("Nothing is on sale."), "steps")
    filled = {offer.step_id for offer in offers}
    for step in steps:
        if step.kind != Step.Kind.PERSONS and step.pk not in filled:
            yield Missing("empty", _("The step “%(step)s” sells nothing.") % {"step": step}, "steps", step.pk, blocks=False)


def _prices(congress: Congress, at: datetime) -> Iterator[Missing]:
    for hole in holes(congress, at=at):
        blocks = hole.blocks or hole.side == BUY
        yield Missing("price", say(hole), "prices", hole.offer, blocks)


def _stays(congress: Congress, at: datetime) -> Iterator[Missing]:
    for words, blocks in unsellable_stays(congress):
        yield Missing("stays", words, "stays", blocks=blocks)


def _payment(congress: Congress, at: datetime) -> Iterator[Missing]:
    today = congress.local_date(at)
    methods = [m for m in congress.methods.filter(is_on=True) if m.closes is None or today < m.closes]
    if not methods:
        yield Missing("method", _("There is no means of payment."), "payment")
    if any(m.kind == Method.Kind.TRANSFER for m in methods):
        yield from _house_account()
    if any(m.kind == Method.Kind.CARD and not m.provider for m in methods):
        yield Missing("provider", _("Cards are offered, and no provider takes them."), "payment")
    if congress.terms_id is None:
        yield Missing("terms", _("Nothing says what is due when, nor what is kept on cancelling."), "terms")
    if not congress.legal_texts.filter(kind=LegalText.Kind.TERMS).exists():
        yield Missing("text", _("There are no terms of sale to accept."), "texts")


def _house_account() -> Iterator[Missing]:
    """Clients transfer to an approved account only; one that was proposed waits for a second person."""
    approved = {account.approved_at is not None for account in BankAccount.objects.of_house()}
    if True in approved:
        return
    if approved:
        text = _("Transfers are offered: a second person must approve the bureau’s bank account.")
    else:
        text = _("Transfers are offered, and the bureau has no bank account.")
    yield Missing("account", text, "accounts")


def _words(congress: Congress, at: datetime) -> Iterator[Missing]:
    """Texts that are there in one language alone: the reader of the other is shown the first."""
    if congress.title and congress.title.missing():
        text = _("Its title stands in one language only.")
        yield Missing("words", text, "general", blocks=False)
    for step in congress.steps.all():
        if step.title and step.title.missing():
            text = _("The title of the step “%(step)s” stands in one language only.") % {"step": step}
            yield Missing("words", text, "steps", step.pk, blocks=False)
    for offer in congress.offers.filter(retired_at=None).select_related("service"):
        words = offer.title or offer.service.name
        if words and words.missing():
            text = _("The title of “%(what)s” stands in one language only.") % {"what": offer}
            yield Missing("words", text, "offers", offer.pk, blocks=False)
