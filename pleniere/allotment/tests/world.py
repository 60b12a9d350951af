"""A small world for tests: a congress, three hotels of which one has no e-mail, a placeholder, and the people around them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from pleniere.accounts.models import Bureau, BureauRole, User
from pleniere.allotment.actions import invite, make_request, retain, send_reply, send_request
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.actions.retaining import Taken
from pleniere.catalogue.models import Contact, Contract, Supplier
from pleniere.congress.models import Congress, Member

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
STARTS, ENDS = date(2027, 4, 7), date(2027, 4, 10)
ARRIVAL, DEPARTURE = date(2027, 4, 6), date(2027, 4, 9)
NIGHTS = [ARRIVAL + timedelta(days=n) for n in range(3)]
DEADLINE = datetime(2026, 12, 18, 17, tzinfo=UTC)
CUTOFF = date(2027, 3, 8)
NEEDS = {
    "SINGLE": ("QUOTE", {NIGHTS[0]: 20, NIGHTS[1]: 60, NIGHTS[2]: 60}),
    "DOUBLE": ("QUOTE", {NIGHTS[0]: 30, NIGHTS[1]: 90, NIGHTS[2]: 95}),
    "ACCESSIBLE": ("AVAILABILITY", {NIGHTS[1]: 5}),
}
TYPED = {
    "none:SINGLE": "on",
    "same:DOUBLE": "on",
    "n:DOUBLE": "30",
    "p:DOUBLE": "105,75 €",
    **{f"n:ACCESSIBLE:{night}": "2" for night in NIGHTS},
    "remarks": "Parking public à 50 m.",
    "name": "Sophie Marchand",
}


def make_user(email: str, *roles: str) -> User:
    user = User.objects.create_user(email, "a-long-password", name=email.split("@")[0].title())
    BureauRole.objects.bulk_create(BureauRole(user=user, role=role) for role in roles)
    return user


def make_hotel(
    code: str, *, email: str = "", mode: str = "AGENT", commission: str = "8", kind: str = "HOTEL", **facts
) -> Supplier:
    supplier = Supplier.objects.create(code=code, kind=kind, **{"name": code.title(), "town": "Saint-Étienne", **facts})
    Contract.objects.create(supplier=supplier, code="std", mode=mode, commission=Decimal(commission))
    if email:
        Contact.objects.create(supplier=supplier, name="Sophie Marchand", email=email)
    return supplier


def make_congress(code: str = "ctv2027", **facts) -> Congress:
    titles = {"fr": "Séminaire Cluster Tourisme en Ville", "en": "City Tourism Cluster Seminar"}
    return Congress.objects.create(code=code, **{"title": titles, "starts": STARTS, "ends": ENDS, **facts})


def world() -> SimpleNamespace:
    """Sam works here; Hana is the Adagio's, Hugo the Terminus's; Olga is agent of another congress only."""
    w = SimpleNamespace(now=NOW)
    w.bureau = Bureau.objects.create(
        pk=1, name="Saint-Étienne Congrès", sender="congres@example.org", email="congres@example.org"
    )
    w.congress = make_congress(help_name="Michèle Perrin", help_email="congres@example.org", help_phone="04 77 49 39 00")
    w.other = make_congress("autre2027")
    w.sam = make_user("sam@example.org", "AGENT")
    w.hana, w.hugo, w.olga = (make_user(f"{name}@example.org") for name in ("hana", "hugo", "olga"))
    Member.objects.create(congress=w.other, user=w.olga, role="AGENT")
    w.adagio = make_hotel("ADAGIO", email="sophie@example.org", name="ADAGIO SAINT-ÉTIENNE CENTRE", stars=3, rooms=86)
    w.terminus = make_hotel("TERMINUS", email="terminus@example.org", mode="OWN", commission="0", stars=3, rooms=66)
    w.rives = make_hotel("DEUXRIVES", name="Hôtel des Deux Rives")
    w.later = make_hotel("CNFPT", kind="PLACEHOLDER", name="Votre hôtel vous sera attribué par le bureau")
    Contact.objects.filter(supplier=w.adagio).update(user=w.hana)
    Contact.objects.filter(supplier=w.terminus).update(user=w.hugo)
    return w


def ask(w: SimpleNamespace, **facts) -> SimpleNamespace:
    """A request made, addressed to all four and sent."""
    dates = {"arrival": ARRIVAL, "departure": DEPARTURE, "deadline": DEADLINE, "cutoff": CUTOFF, "needs": NEEDS}
    w.request = make_request(w.congress, **{**dates, **facts}, by=w.sam, at=NOW)
    invite(w.request, [w.adagio, w.terminus, w.rives, w.later], by=w.sam)
    send_request(w.request, by=w.sam, at=NOW)
    w.request.refresh_from_db()
    w.invitation = w.request.invitations.get(supplier=w.adagio)
    w.link = link_for(w.invitation)
    return w


def answer(w: SimpleNamespace, typed=TYPED, **facts):
    w.reply = send_reply(w.invitation, typed=typed, by=w.link, at=facts.pop("at", NOW), **facts)
    w.invitation.refresh_from_db()
    return w.reply


def keep(w: SimpleNamespace, rooms: int = 30, *, key: str = "k1", sell: str = "105.75", nights=NIGHTS, **facts):
    """Doubles of the answer retained."""
    wanted = {("DOUBLE", night): Taken(rooms, Decimal(sell)) for night in nights}
    facts = {"contract": w.adagio.contracts.get(), **facts}
    w.block = retain(w.reply, wanted, key=key, by=w.sam, at=facts.pop("at", NOW), **facts)
    return w.block
