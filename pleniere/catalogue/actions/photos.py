"""Pictures of a supplier, in the order they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.files import IMAGE, MEGABYTE, keep
from pleniere.accounts.files import check as check_file
from pleniere.accounts.rights import Actor, require
from pleniere.common.words import LocalText

from ..models import Photo, Supplier
from ..signals import edited

MOST = 4 * MEGABYTE
MANY = 12


@transaction.atomic
def add_photo(supplier: Supplier, upload: Any, *, caption: LocalText, by: Actor, at: datetime) -> Photo:
    """A JPEG, PNG or WebP, told by its content; the caption is what is read aloud in its place. Raises BadFile.

    The same picture twice is one.
    """
    require(by, "catalogue.edit", supplier)
    content = check_file(upload, kinds=IMAGE, most=MOST)
    _require_caption(caption)
    Supplier.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    file = keep(content, name=str(upload.name), subject=supplier, by=by, at=at)
    if supplier.photos.count() >= MANY and not supplier.photos.filter(file=file).exists():
        raise ValidationError(_("Twelve pictures at most."))
    last = supplier.photos.aggregate(last=Max("position"))["last"]
    place = 0 if last is None else last + 1
    photo, is_new = Photo.objects.get_or_create(supplier=supplier, file=file, defaults={"caption": caption, "position": place})
    if is_new:
        trace(by, "photo.added", supplier, at=at, after={"file": file.name})
    return photo


@transaction.atomic
def edit_photo(photo: Photo, *, caption: LocalText, by: Actor, at: datetime) -> Photo:
    require(by, "catalogue.edit", photo.supplier)
    _require_caption(caption)
    photo.caption = caption
    photo.save(update_fields=["caption"])
    return photo


@transaction.atomic
def put_first(photo: Photo, *, by: Actor, at: datetime) -> None:
    """The picture that stands for the supplier in lists."""
    require(by, "catalogue.edit", photo.supplier)
    Supplier.objects.select_for_update(no_key=True).get(pk=photo.supplier_id)
    others = photo.supplier.photos.exclude(pk=photo.pk)
    for place, other in enumerate([photo, *others]):
        Photo.objects.filter(pk=other.pk).update(position=place)
    edited.send(Photo, suppliers=[photo.supplier_id])


@transaction.atomic
def drop_photo(photo: Photo, *, by: Actor, at: datetime) -> None:
    """Off the sheet; the file stays kept, as history names it."""
    require(by, "catalogue.edit", photo.supplier)
    if photo.pk is not None and Photo.objects.filter(pk=photo.pk).delete()[0]:
        trace(by, "photo.dropped", photo.supplier, at=at, before={"file": photo.file.name})


def _require_caption(caption: LocalText) -> None:
    if not any(caption.values()):
        raise ValidationError({"caption": _("Say what it shows: it is read aloud to who does not see it.")})
