"""Mails, as rows first: rendered when queued, sent by the worker once their transaction has committed, once per key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import css_inline
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.models import Bureau

from .models import Attachment, Message
from .words import key_of, one_line, without_nul

File = tuple[str, str, bytes]  # name, content type, content
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


class Rendered(NamedTuple):
    subject: str
    text: str
    html: str


def bureau() -> Bureau | None:
    """The sender; none only before the assistant has made it."""
    return Bureau.objects.filter(pk=1).first()


def stays_inside(sender: Bureau | None) -> bool:
    """A demo's mails never leave the machine."""
    return settings.DEMO or (sender is not None and sender.is_demo)


def can_leave(sender: Bureau | None) -> bool:
    """Is there a server and a sender, so that a mail queued is a mail that leaves? A demo's are meant to stay."""
    return stays_inside(sender) or (sender is not None and bool(sender.smtp_host and sender.sender))


def render(template: str, language: str = "fr", **context: Any) -> Rendered:
    """The mail as it would leave: from `mail/<template>.subject.txt`, `.txt` and `.html`, in the recipient's language."""
    sender = context.pop("bureau", None) or bureau()
    with translation.override(language):
        facts = {"house": sender, "site_url": settings.SITE_URL, "language": language, **context}
        subject = one_line(_plain(f"mail/{template}.subject.txt", facts), 250)
        facts["subject"] = subject
        text = without_nul(_plain(f"mail/{template}.txt", facts)).strip() + "\n"
        html = _inliner.inline(without_nul(render_to_string(f"mail/{template}.html", facts)))
    return Rendered(subject, text, html)


@transaction.atomic
def queue(
    template: str,
    *,
    to: str,
    key: str,
    language: str = "fr",
    to_name: str = "",
    about: str = "",
    congress_id: int | None = None,
    attachments: Iterable[File] = (),
    send_at: datetime | None = None,
    secret: bool = False,
    **context: Any,
) -> Message:
    """Send a mail once this transaction has committed. The same `key` twice is one mail: the first.

    A `secret` mail bears a code or a key to an account: the outbox does not show it, and forgets it when sent.
    An address that is none makes a failed message, which the outbox shows; nothing here raises because of it.
    """
    key = key_of(key)
    known = Message.objects.filter(key=key).first()
    if known is not None:
        return known
    sender = bureau()
    rendered = render(template, language, bureau=sender, to_name=to_name, **context)
    state, error = state_of(to, sender)
    facts = {
        "template": template,
        "about": about[:80],
        "congress_id": congress_id,
        "to": address(to),
        "to_name": one_line(to_name, 160),
        "language": language[:2],
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "state": state,
        "error": error,
        "is_secret": secret,
        "send_at": send_at,
    }
    try:
        with transaction.atomic():
            message = Message.objects.create(key=key, **facts)
    except IntegrityError:  # somebody queued it meanwhile
        return Message.objects.get(key=key)
    _attach(message, attachments)
    return message


def _attach(message: Message, files: Iterable[File]) -> None:
    Attachment.objects.bulk_create(
        Attachment(message=message, name=one_line(name, 200), content_type=one_line(kind, 100), content=content)
        for name, kind, content in files
    )


def address(to: str) -> str:
    """What was given, as the column holds it."""
    return without_nul(to.strip())[:254]


def state_of(to: str, sender: Bureau | None) -> tuple[str, str]:
    try:
        validate_email(to.strip())
    except ValidationError:
        return Message.State.FAILED, _("“%(address)s” is not a mail address.") % {"address": one_line(to, 254)}
    return (Message.State.HELD if stays_inside(sender) else Message.State.QUEUED), ""


def _plain(name: str, facts: dict[str, Any]) -> str:
    """A text template: nothing in it is HTML, so nothing is escaped."""
    return Engine.get_default().get_template(name).render(Context(facts, autoescape=False))
