"""What waits about mails: those that came back, those the server does not take, those kept inside."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.models import User
from pleniere.messaging.models import Message
from pleniere.messaging.outbox import bureau, stays_inside

from .items import Item, Section, staffed, url

State = Message.State


def failed(user: User, at: datetime, most: int) -> Section:
    """Mails that could not leave, or came back."""
    rows = _of(user).filter(state__in=[State.FAILED, State.BOUNCED]).order_by("-pk")
    return Section(_("Mails that did not arrive"), "mail", _listed(rows, most), rows.count(), url("office-mails"))


def stuck(user: User, at: datetime, most: int) -> Section:
    """Mails that no server takes: none is set up, or it was tried and refused the talk."""
    rows = _of(user).filter(state=State.QUEUED).order_by("-pk")
    sender = bureau()
    if sender is not None and sender.smtp_host and sender.sender:
        rows = rows.exclude(error="")
        note = ""
    else:
        note = _("No mail server is set up.")
    listed = f"{url('office-mails')}?state=QUEUED"
    return Section(_("Mails that cannot leave"), "mail", _listed(rows, most, note), rows.count(), listed, is_hot=True)


def kept(user: User, at: datetime, most: int) -> Section:
    """Mails held back. Where nothing ever leaves, that is one thing to know and not a hundred to do."""
    rows = _of(user).filter(state=State.HELD).order_by("-pk")
    listed, count = f"{url('office-mails')}?state=HELD", rows.count()
    title = _("Mails kept back")
    if not count or not stays_inside(bureau()):
        return Section(title, "mail", _listed(rows, most), count, listed)
    text = ngettext("%(n)d mail kept in the outbox", "%(n)d mails kept in the outbox", count) % {"n": count}
    return Section(title, "mail", [Item(text, _("This is a demo: nothing leaves."), "", listed, "option")], 1, listed)


def _of(user: User) -> QuerySet[Message]:
    return Message.objects.visible_to(user, staffed(user)).defer("text", "html")


def _listed(rows: QuerySet[Message], most: int, note: str = "") -> list[Item]:
    return [
        Item(row.subject, note or row.error or row.to, str(row.get_state_display()), url("office-mail", row.pk), "late")
        for row in rows[:most]
    ]
