"""The client base: fed by every booking, mended by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.common import identifiers

from ..models import Client
from ..rights import Actor, require
from .traces import changed, trace


@transaction.atomic
def make_client(*, by: Actor, at: datetime, **facts: Any) -> Client:
    """A person, company or public body. Two may share an e-mail: it is no identity."""
    require(by, "clients.edit")
    client = Client(**facts)
    _save(client)
    trace(by, "client.made", client, at=at)
    return client


@transaction.atomic
def edit_client(client: Client, *, by: Actor, at: datetime, **facts: Any) -> Client:
    """Documents already issued keep what stood on them."""
    require(by, "clients.edit", client)
    client = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    before, after = changed(client, facts)
    for name, value in facts.items():
        setattr(client, name, value)
    _save(client)
    if after:
        trace(by, "client.edited", client, at=at, before=before, after=after)
    return client


def _save(client: Client) -> None:
    errors: dict[str, str] = {}
    for name, number in (("siret", identifiers.siret), ("vat_number", identifiers.vat_number)):
        if value := getattr(client, name):
            try:
                setattr(client, name, number(value))
            except identifiers.BadNumber as error:
                errors[name] = str(error)
    if not (client.last_name or client.company or client.email):
        errors["last_name"] = _("A name, a company or an e-mail, at least.")
    if errors:
        raise ValidationError(errors)
    client.full_clean()
    client.save()
