"""The mails about a quote, with the link each bears."""

from __future__ import annotations

from typing import Any

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.common.money import ZERO, total
from pleniere.messaging import outbox

from .models import Quote, QuoteLine
from .queries import sums

Who = QuoteLine.Who


def link_for(quote: Quote) -> Link:
    """The organiser's link to this version. It shows it as long as the congress is remembered; it accepts while that may be."""
    return links.make(Link.Purpose.QUOTE, quote, holder=quote.client.email)


def context(quote: Quote) -> dict[str, Any]:
    """What every mail about a quote knows."""
    lines = list(quote.lines.all())
    congress = quote.congress
    return {
        "quote": quote,
        "congress": congress,
        "total": sums(lines, Who.ORGANISER).gross,
        "kept": total(line.total for line in lines if line.who == Who.DELEGATES) or ZERO,
        "help": {"name": congress.help_name, "phone": congress.help_phone, "email": congress.help_email},
    }


def preview(quote: Quote) -> outbox.Rendered:
    """The mail as it would leave; its link is a sample, for no link is made by looking."""
    return outbox.render("quote/quote", quote.client.language, **context(quote), url="…/l/…/")


def mail(quote: Quote, template: str, *, to: str, key: str, **more: Any) -> None:
    outbox.queue(
        f"quote/{template}",
        to=to,
        to_name=str(quote.client),
        language=quote.client.language,
        key=key,
        about=subject_of(quote),
        congress_id=quote.congress_id,
        **context(quote),
        **more,
    )


def tell(quote: Quote, what: str) -> None:
    """The organiser gets a copy of what they said, the bureau learns it."""
    sender = outbox.bureau()
    url = links.url(link_for(quote))
    if quote.client.email:
        mail(quote, what, to=quote.client.email, key=f"quote-{quote.pk}-{what}", url=url)
    office = quote.congress.help_email or (sender.email if sender else "")
    if office:
        mail(quote, what, to=office, key=f"quote-{quote.pk}-{what}-office", url=url)
