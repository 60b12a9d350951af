"""Questions and answers on the quote's own page: kept with it, mailed to the other side."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.models import Link, actor_name
from pleniere.accounts.rights import Actor, require
from pleniere.messaging import outbox

from .actions import CannotQuote
from .letters import link_for, mail
from .models import Quote, QuoteMessage

LONGEST, MOST = 2_000, 200


@transaction.atomic
def ask_question(quote: Quote, text: str, *, key: str, by: Actor, at: datetime) -> QuoteMessage:
    """The organiser asks; the bureau is told by mail. The same `key` twice is one question. Raises CannotQuote."""
    require(by, "quote.ask", quote)
    who = f"{quote.client}" if isinstance(by, Link) else actor_name(by)
    message, is_new = _keep(quote, text, side=QuoteMessage.Side.ORGANISER, who=who, key=key, at=at)
    sender = outbox.bureau()
    office = quote.congress.help_email or (sender.email if sender else "")
    if is_new and office:
        _tell(quote, message, "asked", to=office)
    return message


@transaction.atomic
def answer_question(quote: Quote, text: str, *, key: str, by: Actor, at: datetime) -> QuoteMessage:
    """The bureau answers; the organiser is told by mail, with the link of this version."""
    require(by, "quote.edit", quote)
    if quote.state == Quote.State.DRAFT:
        raise CannotQuote(_("Nobody has read this draft yet."))
    message, is_new = _keep(quote, text, side=QuoteMessage.Side.OFFICE, who=actor_name(by), key=key, at=at)
    if is_new and quote.client.email:
        _tell(quote, message, "answered", to=quote.client.email)
    return message


def _keep(quote: Quote, text: str, *, side: str, who: str, key: str, at: datetime) -> tuple[QuoteMessage, bool]:
    text = text.strip()
    if not text or "\x00" in text or len(text) > LONGEST:
        raise CannotQuote(_("Between one and %(n)d characters.") % {"n": LONGEST})
    if quote.messages.count() >= MOST:
        raise CannotQuote(_("There are many questions here already: call us."))
    return QuoteMessage.objects.get_or_create(key=key, defaults={"quote": quote, "side": side, "at": at, "by": who, "text": text})


def _tell(quote: Quote, message: QuoteMessage, template: str, *, to: str) -> None:
    mail(
        quote,
        template,
        to=to,
        key=f"quote-message-{message.pk}",
        url=links.url(link_for(quote)),
        question=message.text,
        who=message.by,
    )
