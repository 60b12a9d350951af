"""Signed links: made, read back, revoked. A token holds the row's number and a signature over its nonce."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import F, Model
from django.utils.crypto import constant_time_compare, salted_hmac

from .models import Link, subject_of

SIGNATURE = 32  # characters, 128 bits


def make(purpose: str, subject: Model, *, holder: str = "", until: datetime | None = None) -> Link:
    """The live link of this purpose, subject and holder; made if there is none, its end moved to `until`."""
    link, is_new = Link.objects.get_or_create(
        purpose=purpose, subject=subject_of(subject), holder=holder, revoked_at=None, defaults={"until": until}
    )
    if not is_new and link.until != until:
        Link.objects.filter(pk=link.pk).update(until=until)
        link.until = until
    return link


def make_first(purpose: str, subject: Model) -> Link:
    """The same to a subject made in this transaction, so that there is none yet."""
    return Link.objects.create(purpose=purpose, subject=subject_of(subject))


def token(link: Link) -> str:
    return f"{link.pk:x}-{_sign(link)}"


def url(link: Link) -> str:
    """The whole address, as it stands in a mail."""
    return f"{settings.SITE_URL}/l/{token(link)}/"


def read(token: str, purpose: str | None = None) -> Link | None:
    """The link of this token, ended or not (`is_live` tells); None when we never made it."""
    link = Link.objects.filter(pk=number(token)).first()
    if link is None or not is_token(token, link) or purpose not in (None, link.purpose):
        return None
    return link


def number(token: str) -> int:
    """The row that a token names, for who reads it with more; believe it once `is_token` agrees. 0: no token of ours."""
    digits = token.partition("-")[0]
    try:
        return int(digits, 16) if len(digits) < 16 else 0
    except ValueError:
        return 0


def is_token(token: str, link: Link) -> bool:
    """Did we make this token, for this link?"""
    return constant_time_compare(token.partition("-")[2], _sign(link))


def count_opening(link: Link, *, at: datetime) -> None:
    """Somebody did something with it: a POST or a saved field, never a GET."""
    Link.objects.filter(pk=link.pk).update(openings=F("openings") + 1, opened_at=at)


def revoke(subject: Model, *, at: datetime, purpose: str | None = None) -> int:
    """End all live links to `subject` (of one purpose)."""
    links = Link.objects.filter(subject=subject_of(subject), revoked_at=None)
    return (links.filter(purpose=purpose) if purpose else links).update(revoked_at=at)


def _sign(link: Link) -> str:
    return salted_hmac("pleniere.link", f"{link.pk}:{link.nonce}", algorithm="sha256").hexdigest()[:SIGNATURE]
