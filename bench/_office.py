"""Many placed bookings at once, as rows: for lists alone, nothing is held or posted for them."""

from datetime import timedelta
from decimal import Decimal

AT_ONCE = 2_000


def add(w, count):
    from django.db import connection, transaction

    for start in range(0, count, AT_ONCE):
        with transaction.atomic():
            _add(w, min(AT_ONCE, count - start))
    if connection.vendor == "postgresql":  # what its own worker does within a minute of so many rows
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _add(w, count):
    from pleniere.accounts.models import Client
    from pleniere.booking.models import Booking, Charge, Line, LinePerson, Payer, Person
    from pleniere.booking.reference import make

    last = (Booking.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    numbers = range(last, last + count)
    clients = Client.objects.bulk_create(
        Client(kind="PERSON", first_name="Camille", last_name=f"Banc {n}", email=f"list-{n}@example.org", search=f"banc {n}")
        for n in numbers
    )
    bookings = Booking.objects.bulk_create(
        Booking(
            congress=w.congress,
            number=f"{n:08d}",
            client=client,
            language="fr",
            placed_at=w.now - timedelta(minutes=n % 50_000),
            search=f"{n:08d} banc {n} camille",
            version=1,
        )
        for n, client in zip(numbers, clients, strict=True)
    )
    method = w.congress.methods.first()
    payers = Payer.objects.bulk_create(
        Payer(booking=b, number=1, reference=make(b.number, 1), client_id=b.client_id, method=method) for b in bookings
    )
    persons = Person.objects.bulk_create(Person(booking=b, first_name="Camille", last_name=f"Banc {b.pk}") for b in bookings)
    offers = [(w.fee, w.fee_rate, Decimal(60)), (*w.rooms[0], Decimal(180))]
    lines = Line.objects.bulk_create(
        Line(
            congress=w.congress,
            booking=b,
            offer=offer,
            rate=rate,
            start=w.arrival,
            end=w.departure,
            state="OPTION" if b.pk % 3 else "FIRM",
            until=w.now + timedelta(days=10) if b.pk % 3 else None,
        )
        for b in bookings
        for offer, rate, _total in offers
    )
    LinePerson.objects.bulk_create(LinePerson(line=line, person=persons[i // len(offers)]) for i, line in enumerate(lines))
    Charge.objects.bulk_create(
        Charge(
            congress=w.congress,
            line=line,
            rate=line.rate,
            start=line.start,
            end=line.end,
            units=1,
            unit=offers[i % len(offers)][2],
            vat=20,
            total=offers[i % len(offers)][2],
            payer=payers[i // len(offers)],
            supplier_id=line.offer.service.supplier_id,
            mode="AGENT",
            bought=offers[i % len(offers)][2],
            made_at=w.now,
            made_by="bench",
        )
        for i, line in enumerate(lines)
    )
