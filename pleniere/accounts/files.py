"""What people upload, kept as it came: one row, its bytes under their own digest, its kind told by its content."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from .models import File, actor_name, subject_of
from .rights import Actor

MEGABYTE = 1_000_000
IMAGE = ("image/jpeg", "image/png", "image/webp")
PROOF = ("application/pdf", "image/jpeg", "image/png")
TABLE = ("text/plain",)
KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP", "application/pdf": "PDF", "text/plain": "CSV"}


class BadFile(Exception):
    """It is empty, too heavy, or not what it should be. Says which, in words."""


def kind_of(content: bytes) -> str:
    """The media type by the first bytes, whatever the name says; "text/plain" where nothing but text is there."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return "application/pdf"
    head = content[:4096]
    if b"\x00" not in head and not any(byte < 9 or 13 < byte < 32 for byte in head):
        return "text/plain"
    return "application/octet-stream"


def check(upload: Any, *, kinds: tuple[str, ...], most: int) -> bytes:
    """The bytes of an upload, if they are of one of these kinds and not heavier than `most`. Raises BadFile."""
    if upload.size > most:
        raise BadFile(_("This file is too heavy: %(most)s MB at most.") % {"most": f"{most // MEGABYTE}"})
    content: bytes = upload.read()
    if not content:
        raise BadFile(_("This file is empty."))
    if kind_of(content) not in kinds:
        wanted = ", ".join(dict.fromkeys(KINDS[kind] for kind in kinds))
        raise BadFile(_("This file is not of a kind that is taken here (%(kinds)s).") % {"kinds": wanted})
    return content


def keep(content: bytes, *, name: str, subject: Model, by: Actor, at: datetime) -> File:
    """Keep these bytes as a file of `subject`; the same bytes there already are that file."""
    sha256 = hashlib.sha256(content).hexdigest()
    known = File.objects.filter(sha256=sha256, subject=subject_of(subject)).order_by("pk").first()
    if known is not None:
        return known
    facts = {"name": clean_name(name), "content_type": kind_of(content), "size": len(content), "sha256": sha256}
    file = File(**facts, subject=subject_of(subject), by=actor_name(by), at=at)
    stored = File.objects.filter(sha256=sha256).order_by("pk").first()
    if stored is not None and stored.content.storage.exists(str(stored.content.name)):
        file.content.name = stored.content.name
    else:
        file.content.save(sha256, ContentFile(content), save=False)
    file.save()
    return file


def clean_name(name: str) -> str:
    """A name that can stand in a header and on any disk."""
    base = name.replace("\\", "/").rpartition("/")[2].replace("\x00", "")[-200:]
    try:
        return get_valid_filename(base)
    except Exception:  # Django's SuspiciousFileOperation: nothing is left of it
        return "file"
