"""Mails of the allotment floor: which template, to whom, under which key. Each in its reader's language."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import translation

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.catalogue.models import Service
from pleniere.messaging import outbox
from pleniere.messaging.models import Message

from . import agreements
from .deposits import Dues
from .models import Block, Invitation, Proposal, Release, Reply, RequestStep


def facts(invitation: Invitation, **more: Any) -> dict[str, Any]:
    """What every mail to a hotel knows of the request it is about."""
    request, congress = invitation.request, invitation.congress
    with translation.override(invitation.language):
        types = [str(Service.Room(code).label) for code in room_types(request)]
    return {
        "asked": request,
        "congress": congress,
        "supplier": invitation.supplier,
        "deadline": request.deadline.astimezone(congress.zone),
        "types": ", ".join(types),
        "steps": steps(request),
        "help": {"name": congress.help_name, "phone": congress.help_phone, "email": congress.help_email},
        **more,
    }


def room_types(request: Any) -> list[str]:
    """The types asked, in the trade's order; read once per request object."""
    if not hasattr(request, "_room_types"):
        asked = set(request.needs.values_list("room_type", flat=True))
        request._room_types = [code for code in Service.Room.values if code in asked]
    return list(request._room_types)


def steps(request: Any) -> list[RequestStep]:
    """What goes back before the cut-off; read once per request object."""
    if not hasattr(request, "_steps"):
        request._steps = list(request.steps.all())
    return list(request._steps)


def preview(invitation: Invitation, *, name: str = "") -> outbox.Rendered:
    """The request as it would reach this supplier; its link is a sample, for no link is made by looking."""
    context = facts(invitation, url="…/l/…/", name=name)
    return outbox.render("allotment/request", invitation.language, **context)


def preview_retained(block: Block, *, rows: list[dict[str, Any]], invitation: Invitation, dues: Dues = ()) -> outbox.Rendered:
    """The letter to a hotel of which these rooms would be retained (`block` is not saved); nothing is written by looking."""
    return outbox.render(
        "allotment/retained", invitation.language, **facts(invitation, url="…/l/…/", kept=block, rows=rows, dues=dues)
    )


def preview_not_retained(invitation: Invitation) -> outbox.Rendered:
    """The letter to a hotel of which nothing was retained."""
    return outbox.render("allotment/not_retained", invitation.language, **facts(invitation, url="…/l/…/"))


def key_of(invitation: Invitation) -> str:
    """Under what key the outbox holds the request as this supplier got it."""
    return f"request-{invitation.pk}"


def ask(invitation: Invitation, *, name: str = "") -> None:
    _queue("request", invitation, key=key_of(invitation), name=name)


def new_link(invitation: Invitation, *, day: date) -> None:
    """To the address the office knows, never to one that is typed; once a day."""
    _queue("link", invitation, key=f"request-{invitation.pk}-link-{day}")


def preview_link(invitation: Invitation, *, name: str = "") -> outbox.Rendered:
    """The letter that brings a hotel its page again; its link is a sample."""
    return outbox.render("allotment/page", invitation.language, **facts(invitation, url="…/l/…/", name=name))


def link_again(invitation: Invitation, *, key: str, name: str = "") -> None:
    """Sent by the office, whatever the hotel has answered."""
    _queue("page", invitation, key=_again(invitation, key), name=name)


def forwarded(invitation: Invitation, link: Link) -> None:
    """To a colleague of the hotel, with a link of their own."""
    _queue("page", invitation, key=f"request-{invitation.pk}-forward-{link.pk}", to=link.holder, url=links.url(link))


def is_sent_again(invitation: Invitation, *, key: str) -> bool:
    return Message.objects.filter(key=_again(invitation, key)).exists()


def _again(invitation: Invitation, key: str) -> str:
    return f"request-{invitation.pk}-page-{key[:40]}"


def remind(invitation: Invitation, *, day: date) -> None:
    _queue("reminder", invitation, key=f"request-{invitation.pk}-reminder-{day}")


def prolonged(invitation: Invitation) -> None:
    _queue("prolonged", invitation, key=f"request-{invitation.pk}-prolonged-{invitation.request.deadline:%Y%m%d%H%M}")


def received(reply: Reply) -> None:
    """To the hotel: this is what we have understood; who typed it stands in it."""
    invitation = reply.invitation
    with translation.override(invitation.language):
        lines = summary(reply)
    _queue("received", invitation, key=f"reply-{reply.pk}", reply=reply, lines=lines)


def not_retained(invitation: Invitation) -> None:
    _queue("not_retained", invitation, key=f"request-{invitation.pk}-not-retained")


def retained(block: Block, *, rows: list[dict[str, Any]], invitation: Invitation, dues: Dues = ()) -> None:
    """With the agreement to sign back."""
    if invitation.email:
        attachments = [agreements.file_of(block, invitation, dues)]
        _queue("retained", invitation, key=f"block-{block.pk}", kept=block, rows=rows, dues=dues, attachments=attachments)


def released(release: Release, *, invitation: Invitation | None, rows: list[dict[str, Any]], rest: int) -> None:
    """To the hotel and to the office: both read the same figures."""
    block = release.block
    about: dict[str, Any] = {"release": release, "rows": rows, "rest": rest}
    if invitation is not None:
        _queue("released", invitation, key=f"release-{release.pk}", **about)
    congress = block.congress
    if congress.help_email:
        outbox.queue(
            "allotment/released_office",
            to=congress.help_email,
            key=f"release-{release.pk}-office",
            about=subject_of(block),
            congress_id=congress.pk,
            congress=congress,
            supplier=block.supplier,
            **about,
        )


def given_again(release: Release, *, invitation: Invitation | None, rows: list[dict[str, Any]], until: date | None) -> None:
    """To the hotel: what it got back is with us again, as agreed."""
    if invitation is not None:
        _queue("given_again", invitation, key=f"release-{release.pk}-again", rows=rows, until=until)


def withdrawn(release: Release, *, invitation: Invitation | None, rows: list[dict[str, Any]], short: int) -> None:
    """To the hotel: what it takes back is noted, and how many of these rooms somebody had."""
    if invitation is not None:
        _queue("withdrawn", invitation, key=f"release-{release.pk}", rows=rows, short=short)


def preview_given_again(release: Release, invitation: Invitation) -> outbox.Rendered:
    """The letter that confirms what the hotel leaves with us again."""
    services = {service for service, _night, _rooms in release.rooms}
    types = dict(Service.objects.filter(pk__in=services).values_list("pk", "room_type"))
    rows = [
        {"label": str(Service.Room(types[service]).label), "night": date.fromisoformat(night), "rooms": rooms}
        for service, night, rooms in release.rooms
    ]
    return outbox.render("allotment/given_again", invitation.language, **facts(invitation, url="…/l/…/", rows=rows))


def preview_released(block: Block, *, rows: list[dict[str, Any]], rest: int) -> list[outbox.Rendered]:
    """The letters of a release before it happens: the hotel's (none without an e-mail), the office's."""
    invitation = block.reply.invitation if block.reply else None
    found = []
    if invitation is not None and invitation.email:
        context = facts(invitation, url="…/l/…/", name=invitation.supplier.name, rows=rows, rest=rest)
        found.append(outbox.render("allotment/released", invitation.language, **context))
    if block.congress.help_email:
        context = {"congress": block.congress, "supplier": block.supplier, "rows": rows, "rest": rest}
        found.append(outbox.render("allotment/released_office", "fr", **context))
    return found


def proposed(proposal: Proposal) -> None:
    """To the office: what the hotel gave, or asks; what waits for its answer says so."""
    congress = proposal.congress
    if congress.help_email:
        outbox.queue(
            "allotment/proposal_office",
            to=congress.help_email,
            key=f"proposal-{proposal.pk}-office",
            about=subject_of(proposal.block),
            congress_id=congress.pk,
            congress=congress,
            supplier=proposal.invitation.supplier,
            proposal=proposal,
        )


def proposal_answered(proposal: Proposal) -> None:
    """To the hotel: yes or no to what it proposed."""
    _queue("proposal", proposal.invitation, key=f"proposal-{proposal.pk}", proposal=proposal)


def more_time(invitation: Invitation) -> None:
    """To the office: a hotel came too late and asks for more days."""
    congress = invitation.congress
    if congress.help_email:
        outbox.queue(
            "allotment/more_time",
            to=congress.help_email,
            key=f"request-{invitation.pk}-more-time-{invitation.request.deadline:%Y%m%d%H%M}",
            about=subject_of(invitation.request),
            congress_id=congress.pk,
            **facts(invitation),
        )


def summary(reply: Reply) -> list[dict[str, Any]]:
    """An answer in lines: nights of equal rooms and price are one."""
    lines: list[dict[str, Any]] = []
    cells = {(cell.room_type, cell.night): cell for cell in reply.cells.all()}
    for room_type in Service.Room.values:
        nights = sorted(night for code, night in cells if code == room_type)
        for night in nights:
            cell = cells[room_type, night]
            last = lines[-1] if lines else None
            same = last and last["type"] == room_type and (last["rooms"], last["price"]) == (cell.rooms, cell.price)
            if last and same and (night - last["until"]).days == 1:
                last["until"] = night
            else:
                label = Service.Room(room_type).label
                lines.append(
                    {"type": room_type, "label": label, "from": night, "until": night, "rooms": cell.rooms, "price": cell.price}
                )
    return lines


def _queue(template: str, invitation: Invitation, *, key: str, to: str = "", url: str = "", **more: Any) -> None:
    """Nothing leaves for a supplier without an e-mail: the office asks it by phone. `to`, `url`: another reader, its own link."""
    if not (to or invitation.email):
        return
    if not url:
        live = Link.objects.filter(
            subject=subject_of(invitation), purpose=Link.Purpose.ANSWER, revoked_at=None, holder=""
        ).first()
        url = links.url(live) if live else ""
    outbox.queue(
        f"allotment/{template}",
        to=to or invitation.email,
        key=key,
        language=invitation.language,
        to_name=more.get("name") or invitation.supplier.name,
        about=subject_of(invitation.request),
        congress_id=invitation.congress_id,
        **facts(invitation, url=url, **more),
    )
