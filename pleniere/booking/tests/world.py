"""One small world for tests: the leaflet's seminar, its hotel, its meals, its visits. Plain functions, no magic."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from pleniere.accounts.models import Bureau, BureauRole, Client, User
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import Buyer, PersonFacts, open_cart, place_booking, set_persons, take_offer
from pleniere.booking.models import Booking
from pleniere.catalogue.models import Contract, Rate, Service, Supplier, Vat
from pleniere.common.nights import days
from pleniere.congress.models import Audience, Congress, LegalText, Method, Offer, Pool, Price, Step
from pleniere.congress.programme import forget
from pleniere.stock.actions import Night, grant

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)  # a Monday
ARRIVAL, DEPARTURE = date(2027, 4, 7), date(2027, 4, 9)
BUYER = Buyer(kind="PERSON", last_name="Fournier", first_name="Claire", email="claire@example.org", town="Saumur")
PLACING_MOST = 17  # statements of an order of two people, two nights and three services, by whatever door


def make_bureau() -> Bureau:
    Vat.objects.bulk_create(
        Vat(code=code, since=date(2014, 1, 1), percent=Decimal(percent))
        for code, percent in {"standard": "20", "intermediate": "10", "reduced": "5.5", "none": "0"}.items()
    )
    return Bureau.objects.create(
        pk=1,
        name="Saint-Étienne Congrès",
        legal_name="Saint-Étienne Congrès",
        legal_form="association",
        siret="12345678900013",
        registration_number="IM042100001",
        guarantor="Garant, 1 rue du Garant, Paris",
        insurer="Assureur, 2 rue de l’Assureur, Lyon",
        mediator="Médiateur, 3 rue du Médiateur, Paris",
        address="16 avenue de la Libération",
        postcode="42000",
        town="Saint-Étienne",
        phone="04 77 00 00 00",
        email="congres@example.org",
        sender="congres@example.org",
    )


def make_user(email: str, *roles: str) -> User:
    user = User.objects.create_user(email, "a-long-password", name=email.split("@")[0].title())
    BureauRole.objects.bulk_create(BureauRole(user=user, role=role) for role in roles)
    return user


def make_supplier(code: str, kind: str, mode: str = "AGENT", commission: str = "0", **facts) -> Supplier:
    supplier = Supplier.objects.create(code=code, kind=kind, **{"name": code.title(), "town": "Saint-Étienne", **facts})
    Contract.objects.create(supplier=supplier, code="std", mode=mode, commission=Decimal(commission))
    return supplier


def make_service(
    supplier, code, kind, *, room="", rate=None, unit="PIECE", vat="standard", board="NONE", occupancy=1
) -> tuple[Service, Rate]:
    service = Service.objects.create(
        supplier=supplier, code=code, kind=kind, room_type=room, name={"fr": code.title(), "en": code.title()}, persons_most=2
    )
    name = {"fr": f"Formule {code.lower()}", "en": f"Rate {code.lower()}"}
    return service, Rate.objects.create(
        service=service, code=rate or code, unit=unit, vat=vat, board=board, occupancy=occupancy, name=name
    )


def make_offer(
    world, step, service, rate, price, *, pool=True, stock=50, day=None, basis="GROSS", audiences=(), audience=None, **facts
):
    """An offer with its one selling price and, if counted, its stock."""
    contract = service.supplier.contracts.get(code="std")
    dates = {"starts": day, "ends": day + timedelta(days=1)} if day else {}
    offer = Offer.objects.create(
        congress=world.congress,
        step=step,
        service=service,
        pool=world.pool if pool else None,
        contract=contract,
        **dates,
        **facts,
    )
    offer.audiences.set(audiences)
    Price.objects.create(congress=world.congress, rate=rate, audience=audience, amount=Decimal(price), basis=basis)
    if pool:
        span = days(world.congress.starts, world.congress.ends) if rate.by_night else [day or world.congress.starts]
        nights = {Night(world.pool.pk, service.pk, each): stock for each in span}
        grant(nights, key="stock", by=SYSTEM, at=NOW, congress_id=world.congress.pk)
    return offer


def seminar(*, rooms: int = 10, commission: str = "8") -> SimpleNamespace:
    """The leaflet's seminar: fee 50 € excl. VAT, a double at 105.75, meals, evenings, visits, a lunch for the board only."""
    forget()
    w = SimpleNamespace(now=NOW, arrival=ARRIVAL, departure=DEPARTURE)
    w.bureau = make_bureau()
    w.organiser = Client.objects.create(kind="COMPANY", company="Atout France", email="organiser@example.org")
    w.congress = Congress.objects.create(
        code="ctv2027",
        title={"fr": "Séminaire Cluster Tourisme en Ville", "en": "City Tourism Cluster Seminar"},
        starts=ARRIVAL,
        ends=DEPARTURE + timedelta(days=1),
        organiser=w.organiser,
        state=Congress.State.OPEN,
        venue="Cité du design",
        option_cap_night=100,
    )
    c = w.congress
    w.pool = Pool.objects.create(congress=c, code="CONGR", name={"fr": "Stock congrès", "en": "Congress stock"})
    w.house = make_supplier("HOUSE", "HOUSE", mode="OWN")
    w.atout = make_supplier("ATOUTFRANCECTV", "ORGANISER", name="Atout France pour Cluster Tourisme en Ville")
    w.hotel = make_supplier("sitraHCO593119", "RESIDENCE", commission=commission, name="ADAGIO SAINT ETIENNE CENTRE", stars=3)
    w.delegate = Audience.objects.create(congress=c, code="delegate", name={"fr": "Congressiste", "en": "Delegate"})
    w.companion = Audience.objects.create(
        congress=c, code="companion", kind="COMPANION", name={"fr": "Accompagnant", "en": "Companion"}
    )
    w.board = Audience.objects.create(
        congress=c,
        code="board",
        proof="CODE",
        secret="BUREAU2027",
        falls_back_to=w.delegate,
        name={"fr": "Bureau", "en": "Board"},
    )
    steps = [
        ("persons", "PERSONS"),
        ("fee", "FEE"),
        ("lodging", "LODGING"),
        ("meals", "SERVICES"),
        ("evenings", "SERVICES"),
        ("visits", "SERVICES"),
    ]
    w.step = {
        code: Step.objects.create(congress=c, code=code, kind=kind, position=n, title={"fr": code.title(), "en": code.title()})
        for n, (code, kind) in enumerate(steps, start=1)
    }
    service, w.fee_rate = make_service(w.atout, "FRAISINSCRIP", "FEE", rate="DROITINSCR")
    w.fee = make_offer(w, w.step["fee"], service, w.fee_rate, "50.00", basis="NET", pool=False, is_mandatory=True)
    w.fee.audiences.set([w.delegate, w.board])
    service, w.room_rate = make_service(
        w.hotel, "DOUBLE", "ROOM", room="DOUBLE", rate="CHBPDJ1P", unit="NIGHT", vat="intermediate", board="BREAKFAST"
    )
    w.room = make_offer(w, w.step["lodging"], service, w.room_rate, "105.75", stock=rooms)
    service, w.board_rate = make_service(w.atout, "DEJBUREAU", "MEAL")
    w.board_lunch = make_offer(w, w.step["meals"], service, w.board_rate, "21.00", basis="NET", day=ARRIVAL, audiences=[w.board])
    service, w.lunch_rate = make_service(w.atout, "RESTOEPHEM", "MEAL", vat="intermediate")
    w.lunch = make_offer(w, w.step["meals"], service, w.lunch_rate, "25.00", day=DEPARTURE)
    w.free = {}
    for code, kind, step in [
        ("DEJNRJ2", "MEAL", "meals"),
        ("SOIREEOFFIC", "EVENING", "evenings"),
        ("SOIRCORBU", "EVENING", "evenings"),
        ("VISITMAM", "VISIT", "visits"),
        ("VISITBIEN", "VISIT", "visits"),
    ]:
        service, rate = make_service(w.atout, code, kind)
        group = "evening" if step == "evenings" else ""
        w.free[code] = make_offer(w, w.step[step], service, rate, "0.00", day=ARRIVAL, one_of=group)
    w.method = {
        kind: Method.objects.create(congress=c, kind=kind, position=n, hold_days=10, provider="sandbox" if kind == "CARD" else "")
        for n, kind in enumerate(["CARD", "TRANSFER", "CHEQUE", "ORDER"])
    }
    w.terms = LegalText.objects.create(
        congress=c, version=1, text={"fr": "Conditions", "en": "Terms"}, sha256="0" * 64, at=NOW, by="test"
    )
    w.agent = make_user("sam@example.org", "AGENT")
    w.lead = make_user("lea@example.org", "LEAD")
    w.accountant = make_user("cleo@example.org", "ACCOUNTANT")
    w.outsider = make_user("olga@example.org")
    return w


def rate_of(offer: Offer) -> Rate:
    return offer.service.rates.first()


def make_cart(world, *people: PersonFacts, at: datetime = NOW) -> tuple[Booking, list]:
    booking = open_cart(world.congress, language="fr", at=at)
    people = people or (PersonFacts(first_name="Test", last_name="Ingénie"),)
    return booking, set_persons(booking, people, by=SYSTEM, at=at)


def leaflet_booking(world, *, method: str = "TRANSFER", at: datetime = NOW) -> Booking:
    """The follow-up screen's booking: fee 60.00, two nights 211.50, lunch 25.00, five free lines. Sold 296.50."""
    booking, (person,) = make_cart(world, at=at)
    span = {"persons": [person], "by": SYSTEM, "at": at}
    take_offer(booking, world.fee, world.fee_rate, start=world.congress.starts, end=world.congress.ends, **span)
    take_offer(booking, world.room, world.room_rate, start=ARRIVAL, end=DEPARTURE, **span)
    for offer in [
        world.free["DEJNRJ2"],
        world.lunch,
        *[world.free[c] for c in ("SOIREEOFFIC", "SOIRCORBU", "VISITMAM", "VISITBIEN")],
    ]:
        take_offer(booking, offer, rate_of(offer), start=offer.starts, end=offer.ends, **span)
    return order(world, booking, method=method, at=at)


def order(world, booking: Booking, *, method: str = "TRANSFER", at: datetime = NOW, shown=None, buyer=BUYER) -> Booking:
    return place_booking(
        booking, buyer=buyer, method=world.method[method], terms=world.terms, shown=shown, by=SYSTEM, at=at, address="127.0.0.1"
    )


def reload_congress(world) -> Congress:
    world.congress = Congress.objects.get(pk=world.congress.pk)
    return world.congress
