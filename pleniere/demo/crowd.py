"""Who registers, day after day, and what becomes of it: paid, in option, lapsed, changed, cancelled."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pleniere.booking.actions import (
    Buyer,
    PersonFacts,
    Take,
    cancel_lines,
    change_line,
    end_card_holds,
    end_carts,
    fill_cart,
    lapse_options,
    list_expiring,
    open_cart,
    prove_audience,
    rename_person,
    set_persons,
)
from pleniere.booking.models import Booking, Line, Payer, Person
from pleniere.common.nights import days
from pleniere.common.words import fold
from pleniere.congress.models import LegalText, Method, Offer
from pleniere.congress.programme import programme
from pleniere.payment.actions import (
    NothingToPay,
    announce,
    bounce_cheque,
    make_deposit_slip,
    open_card_attempt,
    receive,
    receive_from_nobody,
    remit_cards,
    sign_order,
)
from pleniere.payment.models import Receipt
from pleniere.payment.queries import sums_of
from pleniere.registration.actions import place_order
from pleniere.registration.visit import look
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import StockDay

from .stage import Stage
from .words import COMMENTS, TOWNS

OPEN_FOR = 34  # days the registration has been open
DELEGATES = 300
LEAFLET = "claire@saumur.example"  # her booking is the reference leaflet’s, to the cent
OFTEN = {"DEJNRJ2": 0.7, "RESTOEPHEM": 0.5, "GALA": 0.35, "VISITBIEN": 0.3, "VISITMAM": 0.2, "VISITVILLE": 0.1, "NAVETTE": 0.15}
METHODS = ("CARD", "CARD", "CARD", "TRANSFER", "TRANSFER", "CHEQUE", "ORDER", "ORDER")


@dataclass
class Promise:
    """Money that will come on a day, if it comes."""

    on: date
    payer: int
    kind: str
    part: Decimal = Decimal(1)


class Crowd:
    """The life of the registration from its opening to today."""

    def __init__(self, stage: Stage):
        self.stage, self.chance = stage, stage.chance
        self.plan = programme(stage.here)
        self.rooms = [
            offer for offer in self.plan.offers.values() if offer.service.kind == "ROOM" and offer.service.room_type == "DOUBLE"
        ]
        self.methods = {method.kind: method for method in Method.objects.filter(congress=stage.here)}
        self.terms = LegalText.objects.filter(congress=stage.here).latest("version")
        self.promises: list[Promise] = []
        rows = StockDay.objects.filter(congress=stage.here).values_list("service", "day", "granted")
        self.free: Counter[tuple[int, date]] = Counter({(service, day): granted for service, day, granted in rows})
        self.heads = 0

    def live(self) -> None:
        per_day = DELEGATES / OPEN_FOR
        for ago in range(OPEN_FOR, -1, -1):
            self.pay(ago)
            at = self.stage.ago(ago, 9, 5)
            list_expiring(at=self.stage.ago(ago, 7))
            lapse_options(at=at)
            end_card_holds(at=at)
            while self.heads < per_day * (OPEN_FOR - ago + 1) and self.heads < DELEGATES:
                self.register(ago)
        self.aftermath()

    # -- one registration

    def register(self, ago: int) -> Booking | None:
        at = self.stage.ago(ago, self.chance.randint(9, 18), self.chance.randint(0, 59))
        people, companions = self.people()
        booking = open_cart(self.stage.here, language="fr" if self.chance.random() < 0.9 else "en", at=at)
        persons = set_persons(booking, [*people, *companions], by=self.stage.agent, at=at)
        delegates = [person for person in persons if person.companion_of_id is None]
        self.heads += len(persons)
        takes = [self.taking("FRAISINSCRIP", delegates), *self.beds(delegates, persons)]
        if self.chance.random() < 0.06:
            prove_audience(booking, delegates[0], "BUREAU2027", by=self.stage.agent, at=at)
            delegates[0].refresh_from_db()
            takes.append(self.taking("DEJBUREAU", delegates[:1]))
        takes.append(self.taking(self.chance.choice(["SOIREEOFFIC", "SOIRCORBU"]), persons))
        for code, often in OFTEN.items():
            if self.chance.random() < often:
                takes.append(self.taking(code, persons if code != "NAVETTE" else delegates))
        self.fill(booking, takes, at)
        return self.order(booking, people, at)

    def fill(self, booking: Booking, takes: list[Take], at: datetime) -> None:
        """All at once; where something is full, one by one, and one goes without it."""
        try:
            fill_cart(booking, takes, by=self.stage.agent, at=at)
        except NotEnough:
            for take in takes:
                with suppress(NotEnough):
                    fill_cart(booking, [take], by=self.stage.agent, at=at)

    def people(self) -> tuple[list[PersonFacts], list[PersonFacts]]:
        """One to six of one house; some bring somebody, some are not known yet."""
        house, count = self.chance.house(), self.chance.choices((1, 2, 3, 4, 6), (55, 20, 12, 8, 5))[0]
        people = []
        for place in range(count):
            first, last = self.chance.name()
            if place and self.chance.random() < 0.08:
                people.append(PersonFacts(institution=house, is_unnamed=True))
            else:
                people.append(PersonFacts(first_name=first, last_name=last, institution=house))
        companions = []
        if self.chance.random() < 0.16:
            first, _last = self.chance.name()
            companions.append(PersonFacts(first_name=first, last_name=people[0].last_name, companion_of=0))
        return people, companions

    def taking(self, code: str, persons: list[Person]) -> Take:
        offer = self.stage.offers[code]
        here = self.stage.here
        start, end = (offer.starts, offer.ends) if offer.starts and offer.ends else (here.starts, here.ends)
        return Take(offer, self.plan.rates[offer.service_id][0], start, end, persons)

    def beds(self, delegates: list[Person], persons: list[Person]) -> list[Take]:
        """Where they sleep: somebody lives nearby, a companion shares the first one's room."""
        if self.chance.random() < 0.12:
            return []
        arrival = self.stage.starts - timedelta(days=self.chance.choices((0, 1), (80, 20))[0])
        nights = self.chance.choices((1, 2, 3), (15, 70, 15))[0] + (self.stage.starts - arrival).days
        companion = next((person for person in persons if person.companion_of_id), None)
        found = []
        for place, person in enumerate(delegates):
            sleepers = [person, companion] if companion and place == 0 else [person]
            found.append(self.bed(sleepers, arrival, arrival + timedelta(days=nights)))
        return [take for take in found if take]

    def bed(self, sleepers: list[Person], arrival: date, departure: date) -> Take | None:
        """A room in a hotel that still has one by our own count, which may be behind: `fill` then goes without."""
        for offer in self.chance.sample(self.rooms, len(self.rooms)):
            nights = [(offer.service_id, day) for day in days(arrival, departure)]
            if all(self.free[night] > 0 for night in nights):
                self.free.subtract(nights)
                rate = next(rate for rate in self.plan.rates[offer.service_id] if rate.occupancy == len(sleepers))
                return Take(offer, rate, arrival, departure, sleepers)
        return None

    def order(self, booking: Booking, people: list[PersonFacts], at: datetime) -> Booking | None:
        visit = look(booking)
        if not visit.rows:
            return None
        kind = self.chance.choice(METHODS)
        buyer = self.buyer(people[0], public=kind == "ORDER")
        placed = place_order(
            booking,
            buyer=buyer,
            method=self.methods[kind],
            terms=self.terms,
            shown=visit.total,
            by=self.stage.agent,
            at=at,
            address="192.0.2.7",
            comment=self.chance.choice(COMMENTS) if self.chance.random() < 0.12 else "",
            engagement=f"EJ{self.chance.randint(100000, 999999)}" if kind == "ORDER" else "",
            even_incomplete=True,
        )
        self.promise(placed.payers.get(), kind, at)
        return placed

    def buyer(self, first: PersonFacts, *, public: bool) -> Buyer:
        town = first.institution.rsplit(" ", 1)[-1].removeprefix("d’")
        name = f"{first.first_name}.{first.last_name}".replace(" ", "-").replace("\u00a0", "-").lower()
        email = f"{_plain(name)}@{_plain(town.lower())}.example"
        kind = "PUBLIC" if public else self.chance.choice(["PERSON", "COMPANY"])
        facts = {"company": first.institution, "siret": "12345678200002" if public else ""} if kind != "PERSON" else {}
        return Buyer(
            kind=kind,
            first_name=first.first_name,
            last_name=first.last_name,
            email=email,
            phone="01 00 00 00 00",
            address=f"{self.chance.randint(1, 90)} rue de la République",
            postcode=TOWNS.get(town, "42000"),
            town=town,
            **facts,
        )

    # -- money

    def promise(self, payer: Payer, kind: str, at: datetime) -> None:
        """How it will be paid: at once by card, in some days, late, or never."""
        day = at.date()
        try:
            if kind == "CARD":
                attempt = open_card_attempt(payer, by=self.stage.agent, at=at)
                if self.chance.random() < 0.93:
                    facts: dict[str, Any] = {
                        "kind": "CARD",
                        "amount": attempt.amount,
                        "on": day,
                        "key": f"demo:card:{payer.pk}",
                        "attempt": attempt,
                    }
                    receive(payer, **facts, by=self.stage.accountant, at=at)
                return
            announce(payer, by=self.stage.agent, at=at)
        except NothingToPay:
            return
        wait = {"TRANSFER": (3, 10), "CHEQUE": (3, 9), "ORDER": (8, 22)}[kind]
        if self.chance.random() < 0.85:
            part = Decimal(1) if self.chance.random() < 0.92 else Decimal("0.5")
            self.promises.append(Promise(day + timedelta(days=self.chance.randint(*wait)), payer.pk, kind, part))

    def pay(self, ago: int) -> None:
        day = self.stage.ago(ago).date()
        due, self.promises = [p for p in self.promises if p.on <= day], [p for p in self.promises if p.on > day]
        for promise in due:
            payer = Payer.objects.select_related("booking__congress", "client").get(pk=promise.payer)
            at = self.stage.ago(ago, 8, 30)
            if promise.kind == "ORDER":
                sign_order(payer, on=day, by=self.stage.agent, at=at)
                continue
            left = sums_of(payer).left
            amount = (left * promise.part).quantize(Decimal("0.01"))
            if amount > 0:
                words: dict[str, Any] = {"drawer": str(payer.client)[:120]}
                if promise.kind == "CHEQUE":
                    words |= {"bank": "Banque de la démonstration", "cheque_number": f"{self.chance.randint(10**6, 10**7 - 1)}"}
                receive(
                    payer,
                    kind=promise.kind,
                    amount=amount,
                    on=day,
                    key=f"demo:{promise.kind}:{payer.pk}",
                    by=self.stage.accountant,
                    at=at,
                    **words,
                )

    # -- what happens later

    def aftermath(self) -> None:
        """Slips, a bounced cheque, money of nobody, somebody who pays twice, changes and cancellations, carts of this minute."""
        stage = self.stage
        facts: dict[str, Any] = {"by": stage.accountant}
        cheques = Receipt.objects.filter(kind="CHEQUE", on__lt=stage.ago(4).date()).values_list("pk", flat=True)
        if cheques:
            make_deposit_slip(list(cheques), on=stage.ago(3).date(), at=stage.ago(3), **facts)
        cards = Receipt.objects.filter(kind="CARD", on__lt=stage.ago(6).date()).values_list("pk", flat=True)
        if cards:
            remit_cards(list(cards), on=stage.ago(5).date(), fees=Decimal("38.40"), at=stage.ago(5), **facts)
        if first := Receipt.objects.filter(kind="CHEQUE", deposit_slip__isnull=False).order_by("pk").first():
            bounce_cheque(first, on=stage.ago(1).date(), reason="provision insuffisante", at=stage.ago(1), **facts)
        receive_from_nobody(
            kind="TRANSFER",
            amount=Decimal("412.50"),
            on=stage.ago(2).date(),
            key="demo:nobody",
            drawer="TRESORERIE GENERALE",
            at=stage.ago(2),
            **facts,
        )
        twice = Receipt.objects.filter(kind="CARD").select_related("payer").order_by("-pk").first()
        if twice and twice.payer:
            on, whole = stage.ago(1).date(), sums_of(twice.payer).total  # the employer pays all, not knowing
            receive(
                twice.payer,
                kind="TRANSFER",
                amount=whole,
                on=on,
                key="demo:twice",
                drawer="Employeur",
                at=stage.ago(1),
                **facts,
            )
        self.changes()
        self.carts()

    def changes(self) -> None:
        stage = self.stage
        firm = Line.objects.filter(congress=stage.here, state="FIRM", offer__service__kind="ROOM", is_penalty=False).order_by(
            "pk"
        )
        rooms = list(firm.select_related("booking__congress", "offer", "rate")[:12])
        for line in rooms[:2]:
            cancel_lines(line.booking, [line.pk], by=stage.agent, at=stage.ago(2, 11), reason="malade")
        for line in rooms[2:5]:
            if (line.end - line.start).days > 1:
                change_line(
                    line.booking,
                    line,
                    end=line.end - timedelta(days=1),
                    by=stage.agent,
                    at=stage.ago(2, 15),
                    reason="repart plus tôt",
                )
        unnamed = Person.objects.filter(booking__congress=stage.here, is_unnamed=True, booking__placed_at__isnull=False).first()
        if unnamed:
            first, last = self.chance.name()
            rename_person(
                unnamed.booking, unnamed, first_name=first, last_name=last, is_unnamed=False, by=stage.agent, at=stage.ago(1, 16)
            )

    def carts(self) -> None:
        """Somebody fills a form right now; somebody left theirs an hour ago."""
        stage = self.stage
        for minutes in (4, 70):
            at = stage.now - timedelta(minutes=minutes)
            booking = open_cart(stage.here, language="fr", at=at)
            first, last = self.chance.name()
            persons = set_persons(booking, [PersonFacts(first_name=first, last_name=last)], by=stage.agent, at=at)
            bed = self.bed(persons, stage.starts, stage.starts + timedelta(days=2))
            self.fill(booking, [self.taking("FRAISINSCRIP", persons), *([bed] if bed else [])], at)
        end_carts(at=stage.now)


def leaflet(stage: Stage, crowd: Crowd) -> Booking:
    """The leaflet's follow-up screen: sold 296.50, one cheque announced, nothing paid."""
    at = stage.ago(6, 14)
    booking = open_cart(stage.here, language="fr", at=at)
    (person,) = set_persons(
        booking,
        [PersonFacts(first_name="Claire", last_name="Fournier-Delacroix", institution="OT Saumur Val de Loire")],
        by=stage.agent,
        at=at,
    )
    codes = ("FRAISINSCRIP", "DEJNRJ2", "RESTOEPHEM", "SOIREEOFFIC", "SOIRCORBU", "VISITMAM", "VISITBIEN")
    adagio: Offer = next(offer for offer in crowd.rooms if offer.service.supplier_id == stage.suppliers["sitraHCO593119"].pk)
    rate = next(rate for rate in crowd.plan.rates[adagio.service_id] if rate.occupancy == 1)
    room = Take(adagio, rate, stage.starts, stage.starts + timedelta(days=2), [person])
    fill_cart(booking, [*(crowd.taking(code, [person]) for code in codes), room], by=stage.agent, at=at)
    buyer = Buyer(
        kind="PERSON",
        first_name="Claire",
        last_name="Fournier-Delacroix",
        company="OT Saumur Val de Loire",
        email=LEAFLET,
        town="Saumur",
    )
    placed = place_order(
        booking, buyer=buyer, method=crowd.methods["CHEQUE"], terms=crowd.terms, shown=look(booking).total, by=stage.agent, at=at
    )
    announce(placed.payers.get(), by=stage.agent, at=at)
    return placed


def _plain(text: str) -> str:
    return fold(text).replace(" ", "-")
