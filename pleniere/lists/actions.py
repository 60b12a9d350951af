"""Making lists, giving them recipients, sending them: each run once per slot, each mail once per run and recipient."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import Link, subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.booking.models import Line
from pleniere.catalogue.models import Contact, Service, Supplier
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress, Offer
from pleniere.messaging import outbox

from .models import ListDefinition, ListRun, Subscription
from .queries import Sheet, file_name, file_of, sheet
from .rows import CANCELLED

Kind = ListDefinition.Kind
HOUR = time(8)  # local
READABLE = timedelta(days=30)  # a list is read, and its data kept, until a month after the congress
LISTED = (Service.Kind.MEAL, Service.Kind.VISIT, Service.Kind.EVENING, Service.Kind.WORKSHOP)


@transaction.atomic
def make_list(congress: Congress, *, by: Actor, at: datetime, **facts: Any) -> ListDefinition:
    """A new list. Raises ValidationError when its dates are crossed, or what it is about is missing."""
    require(by, "lists.edit", congress)
    definition = ListDefinition(congress=congress, **facts)
    _check(definition)
    definition.save()
    trace(by, "list.made", definition, at=at, after={"kind": definition.kind})
    return definition


@transaction.atomic
def edit_list(definition: ListDefinition, *, by: Actor, at: datetime, **facts: Any) -> ListDefinition:
    """Change what it shows; its sendings stay as they were."""
    require(by, "lists.edit", definition)
    definition = (
        ListDefinition.objects.select_for_update(no_key=True, of=("self",)).select_related("congress").get(pk=definition.pk)
    )
    before = {name: str(getattr(definition, name)) for name in facts}
    for name, value in facts.items():
        setattr(definition, name, value)
    _check(definition)
    definition.save()
    trace(by, "list.edited", definition, at=at, before=before, after={name: str(value) for name, value in facts.items()})
    return definition


def _check(definition: ListDefinition) -> None:
    if definition.night_from and definition.night_until and definition.night_from > definition.night_until:
        raise ValidationError({"night_until": _("The last day comes before the first.")})
    if definition.kind == Kind.ROOMING and definition.supplier is None:
        raise ValidationError({"supplier": _("Whose rooming list is it?")})
    if definition.kind == Kind.SERVICE and definition.supplier is None and definition.offer is None:
        raise ValidationError({"offer": _("Which service, or which supplier, is it about?")})
    if definition.offer is not None and definition.offer.congress_id != definition.congress_id:
        raise ValidationError({"offer": _("It belongs to another congress.")})


@transaction.atomic
def make_usual_lists(congress: Congress, *, by: Actor, at: datetime) -> list[ListDefinition]:
    """The lists every congress needs: one per hotel with rooms sold, per meal, visit and evening, the organiser's, the companions'.

    A supplier's list goes to its usual contact, by hand until a weekday is chosen. A repeat makes only those that are missing.
    """
    require(by, "lists.edit", congress)
    sold = Line.objects.filter(congress=congress, booking__placed_at__isnull=False).alive()
    hotels = Supplier.objects.filter(pk__in=sold.filter(offer__service__kind="ROOM").values("offer__service__supplier"))
    wanted: list[tuple[str, str, Supplier | None, Offer | None]] = []
    wanted += [(Kind.ROOMING, _("Rooming list, %(hotel)s") % {"hotel": hotel}, hotel, None) for hotel in hotels]
    offers = Offer.objects.filter(congress=congress, retired_at=None, service__kind__in=LISTED).select_related(
        "service__supplier"
    )
    wanted += [(Kind.SERVICE, str(offer), offer.service.supplier, offer) for offer in offers]
    wanted.append((Kind.ORGANISER, _("Participants and services"), None, None))
    wanted.append((Kind.COMPANIONS, _("Companions’ activities"), None, None))
    made = []
    for kind, name, supplier, offer in wanted:
        if not ListDefinition.objects.filter(congress=congress, kind=kind, supplier=supplier, offer=offer).exists():
            facts = {
                "kind": kind,
                "name": name[:160],
                "supplier": supplier,
                "offer": offer,
                "for_organiser": kind != Kind.ROOMING,
            }
            made.append(make_list(congress, by=by, at=at, **facts))
            contact = usual_recipient(made[-1])
            if contact is not None:
                subscribe(made[-1], to=contact.email, language=contact.language, by=by, at=at)
    return made


@transaction.atomic
def subscribe(
    definition: ListDefinition, *, to: str, language: str = "fr", weekday: int | None = None, by: Actor, at: datetime
) -> Subscription:
    """Send it to this address: on this weekday by itself, or by hand alone. The same address again changes its rhythm."""
    require(by, "lists.edit", definition)
    facts = {"language": language, "weekday": weekday, "is_on": True, "since": at}
    found, _is_new = Subscription.objects.update_or_create(definition=definition, to=to.strip().lower(), defaults=facts)
    trace(by, "list.subscribed", definition, at=at, after={"to": found.to, "weekday": weekday})
    return found


@transaction.atomic
def unsubscribe(subscription: Subscription, *, by: Actor, at: datetime) -> bool:
    """It goes there no longer, and the links sent there end. False if it was off already."""
    require(by, "lists.edit", subscription.definition)
    if not Subscription.objects.filter(pk=subscription.pk, is_on=True).update(is_on=False):
        return False
    runs = [f"lists.ListRun:{pk}" for pk in subscription.definition.runs.values_list("pk", flat=True)]
    live = Link.objects.filter(purpose=Link.Purpose.LIST, holder=subscription.to, subject__in=runs, revoked_at=None)
    live.update(revoked_at=at)
    trace(by, "list.unsubscribed", subscription.definition, at=at, after={"to": subscription.to})
    return True


@transaction.atomic
def send_list(definition: ListDefinition, *, slot: str, to: list[Subscription] | None = None, by: Actor, at: datetime) -> ListRun:
    """Send the list as it stands to its recipients, with what changed since the last time. The same `slot` twice is one sending."""
    require(by, "lists.send", definition)
    ListDefinition.objects.select_for_update(no_key=True).get(pk=definition.pk)  # two sendings at once compare with each other
    known = definition.runs.filter(slot=slot).first()
    if known is not None:
        return known
    recipients = [each for each in definition.subscriptions.filter(is_on=True).order_by("pk") if to is None or each in to]
    made = sheet(definition, at=at)
    run = ListRun.objects.create(
        definition=definition,
        slot=slot[:40],
        at=at,
        by=str(by)[:160],
        rows=[row.kept() for row in made.alive],
        changes=[_change(row) for row in made.rows if row.change],
    )
    for subscription in recipients:
        if made.rows:  # nobody is written to about nothing
            _mail(run, made, subscription)
    trace(
        by,
        "list.sent",
        definition,
        at=at,
        after={"slot": run.slot, "to": [each.to for each in recipients], "rows": len(run.rows)},
    )
    return run


def _change(row: Any) -> dict[str, Any]:
    facts = {"key": row.key, "change": row.change, "was": row.was}
    return facts | {"row": row.kept()} if row.change == CANCELLED else facts


def _mail(run: ListRun, made: Sheet, subscription: Subscription) -> None:
    congress, language = made.definition.congress, subscription.language
    ends = datetime.combine(congress.ends, datetime.min.time(), congress.zone) + READABLE
    link = links.make(Link.Purpose.LIST, run, holder=subscription.to, until=ends)
    types = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf"}
    outbox.queue(
        "lists/list",
        to=subscription.to,
        key=f"list-{run.pk}-{subscription.pk}",
        language=language,
        about=subject_of(made.definition),
        congress_id=congress.pk,
        attachments=[(file_name(made, f), kind, file_of(made, f, language)) for f, kind in types.items()],
        **mail_facts(made, language, links.url(link)),
    )


def mail_facts(made: Sheet, language: str, url: str) -> dict[str, Any]:
    """What the mail of a list says, in its reader's language."""
    with translation.override(language):
        return {"list_title": made.title, "intro": made.intro, "changed": [row for row in made.rows if row.change], "url": url}


def preview(definition: ListDefinition, *, language: str = "fr", at: datetime) -> outbox.Rendered:
    """The mail as it would leave now; no link is made by looking."""
    made = sheet(definition, at=at)
    return outbox.render("lists/list", language, to_name="", **mail_facts(made, language, "…/l/…/"))


def last_due(subscription: Subscription, *, at: datetime) -> datetime | None:
    """The last moment this weekly sending fell due: its weekday at 08:00 where the congress is, whatever the clocks did.

    None before it was asked for, and once the congress is over.
    """
    congress = subscription.definition.congress
    if subscription.weekday is None or not subscription.is_on:
        return None
    day = congress.local_date(at)
    while day.weekday() != subscription.weekday or datetime.combine(day, HOUR, congress.zone) > at:
        day -= DAY
    due = datetime.combine(day, HOUR, congress.zone)
    if day >= congress.ends or (subscription.since is not None and due < subscription.since):
        return None
    return due


def slot_of(due: datetime) -> str:
    """ "2027-W13-1": the ISO week and weekday, one sending each."""
    return "{}-W{:02d}-{}".format(*due.date().isocalendar())


def usual_recipient(definition: ListDefinition) -> Contact | None:
    """Who takes this list at its supplier: its reception, else its sales, else whoever has an address."""
    if definition.supplier is None:
        return None
    contacts = list(Contact.objects.filter(supplier=definition.supplier, left_at=None).exclude(email=""))
    by_role = {contact.role: contact for contact in reversed(contacts)}
    first = next((by_role[role] for role in (Contact.Role.RECEPTION, Contact.Role.SALES) if role in by_role), None)
    return first or next(iter(contacts), None)
