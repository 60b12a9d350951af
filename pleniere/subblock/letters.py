"""Mails of sub-blocks: to the contact, to the office, to guests. Each in its reader's language, once per key."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.conf import settings

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.catalogue.models import Service
from pleniere.common.nights import DAY
from pleniere.messaging import outbox
from pleniere.messaging.models import Message

from .models import Allocation, Ask, Guest, Return, SubBlock


def register_url(sub_block: SubBlock) -> str:
    """Where a guest registers; the code comes with the address."""
    return f"{settings.SITE_URL}/c/{sub_block.congress.code}/?code={sub_block.audience.secret}"


def link_of(sub_block: SubBlock) -> Link:
    """The contact's own link; it ends a month after the congress."""
    congress = sub_block.congress
    until = datetime.combine(congress.ends + 30 * DAY, time(), congress.zone)
    return links.make(Link.Purpose.SUBBLOCK, sub_block, holder=sub_block.contact_email, until=until)


def made(sub_block: SubBlock, link: Link) -> Message:
    """To its contact: what this is, and the link that stays theirs."""
    return _to_contact("made", sub_block, key=f"sub-block-{sub_block.pk}-made-{link.pk}", url=links.url(link))


def asked(sub_block: SubBlock, ask: Ask) -> None:
    """To the office: what the contact asks."""
    rows = [{"label": Service.Room(code).label, "night": night, "rooms": rooms} for (code, night), rooms in ask.cells.items()]
    _to_office("asked", sub_block, key=f"sub-block-ask-{ask.pk}", rows=rows, remark=ask.remark)


def accepted(sub_block: SubBlock) -> None:
    _to_office("accepted", sub_block, key=f"sub-block-{sub_block.pk}-yes-{sub_block.version}")


def allocated(sub_block: SubBlock, allocation: Allocation) -> Message:
    """To the contact: what there is now, to be accepted or asked again."""
    return _to_contact("allocated", sub_block, key=f"sub-block-allocation-{allocation.pk}", url=links.url(link_of(sub_block)))


def returned(sub_block: SubBlock, given: Return) -> Message:
    """To the contact: these rooms went back, and are everybody's."""
    services = Service.objects.select_related("supplier").in_bulk([service for service, _night, _rooms in given.rooms])
    rows = [
        {"label": f"{services[service].supplier}, {services[service].name}", "night": date.fromisoformat(night), "rooms": rooms}
        for service, night, rooms in given.rooms
    ]
    return _to_contact("returned", sub_block, key=f"sub-block-return-{given.pk}", url=links.url(link_of(sub_block)), rows=rows)


def invited(sub_block: SubBlock, guest: Guest) -> Message:
    """To a guest: the code, and where to register with it."""
    return _queue(
        "invited",
        sub_block,
        to=guest.email,
        name=str(guest),
        language=sub_block.language,
        key=f"sub-block-guest-{guest.pk}",
        url=register_url(sub_block),
        secret_code=sub_block.audience.secret,
    )


def _to_contact(name: str, sub_block: SubBlock, *, key: str, **context: Any) -> Message:
    who = {"to": sub_block.contact_email, "name": sub_block.contact_name, "language": sub_block.language}
    return _queue(name, sub_block, key=key, **who, **context)


def _to_office(name: str, sub_block: SubBlock, *, key: str, **context: Any) -> None:
    congress = sub_block.congress
    if congress.help_email:
        _queue(name, sub_block, to=congress.help_email, name=congress.help_name, language="fr", key=key, **context)


def _queue(template: str, sub_block: SubBlock, *, to: str, name: str, language: str, key: str, **context: Any) -> Message:
    return outbox.queue(
        f"subblock/{template}",
        to=to,
        to_name=name,
        language=language,
        key=key,
        about=subject_of(sub_block),
        congress_id=sub_block.congress_id,
        congress=sub_block.congress,
        part=sub_block,
        name=name,
        **context,
    )
