"""A request answered by many hotels, as rows: the grid that the synthesis shows and the solver reads."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

TYPES = ("SINGLE", "TWIN", "DOUBLE", "TRIPLE", "QUAD", "ACCESSIBLE", "SUITE")
DEAR = {"SINGLE": 80, "TWIN": 96, "DOUBLE": 95, "TRIPLE": 120, "QUAD": 140, "ACCESSIBLE": 95, "SUITE": 180}


def make(*, hotels=200, nights=8, types=7, silent=0.1, need=60, seed=7):
    """Commit a congress, its request and the hotels' answers; every tenth stays silent, one of them retired since."""
    from django.db import transaction

    with transaction.atomic():
        return _make(hotels, nights, TYPES[:types], silent, need, Random(seed))


def _make(hotels, nights, types, silent, need, random):
    from pleniere.allotment.models import Cell, Invitation, Need, Reply, Request
    from pleniere.catalogue.models import Contract, Supplier
    from pleniere.congress.models import Congress

    now = datetime.now(ZoneInfo("Europe/Paris"))
    arrival = now.date() + timedelta(days=150)
    days = [arrival + timedelta(days=n) for n in range(nights)]
    congress = Congress.objects.create(
        code="grid",
        title={"fr": "Grand congrès", "en": "Large congress"},
        starts=arrival,
        ends=days[-1] + timedelta(days=1),
        venue="Cité du design",
        venue_latitude=45.45,
        venue_longitude=4.39,
    )
    asked = Request.objects.create(
        congress=congress,
        arrival=arrival,
        departure=days[-1] + timedelta(days=1),
        deadline=now + timedelta(days=20),
        deadline_date=(now + timedelta(days=20)).date(),
        cutoff=arrival - timedelta(days=30),
        state="SENT",
        sent_at=now,
    )
    asked.number = f"{asked.pk:08d}"
    asked.save()
    Need.objects.bulk_create(
        Need(request=asked, room_type=code, night=day, rooms=need if code in ("SINGLE", "DOUBLE") else need // 6)
        for code in types
        for day in days
    )
    suppliers = [
        Supplier(
            code=f"GRID{n:03d}",
            name=f"Hôtel {n:03d} de la Mesure",
            kind="HOTEL",
            stars=2 + n % 4,
            town=("Saint-Étienne", "Andrézieux-Bouthéon", "Saint-Chamond")[n % 3],
            latitude=45.45 + random.uniform(-0.05, 0.05),
            longitude=4.39 + random.uniform(-0.07, 0.07),
            search=f"hotel {n:03d} de la mesure grid{n:03d}",
        )
        for n in range(hotels)
    ]
    Supplier.objects.bulk_create(suppliers)
    Contract.objects.bulk_create(
        Contract(supplier=s, code="std", mode="AGENT", commission=Decimal(8))
        if n % 3
        else Contract(supplier=s, code="std", mode="OWN")
        for n, s in enumerate(suppliers)
    )
    quiet = {n for n in range(hotels) if silent and n % round(1 / silent) == 0}
    if quiet:
        Supplier.objects.filter(pk=suppliers[min(quiet)].pk).update(retired_at=now)
    invitations = [
        Invitation(
            congress=congress,
            request=asked,
            supplier=s,
            email=f"hotel-{n}@example.org",
            state="SENT" if n in quiet else "ANSWERED",
            sent_at=now,
            answered_at=None if n in quiet else now,
        )
        for n, s in enumerate(suppliers)
    ]
    Invitation.objects.bulk_create(invitations)
    replies = [
        Reply(invitation=i, version=1, is_draft=False, by="bench", saved_at=now, sent_at=now)
        for n, i in enumerate(invitations)
        if n not in quiet
    ]
    Reply.objects.bulk_create(replies)
    cells = []
    for reply in replies:
        level = random.uniform(0.7, 1.6)
        for code in types:
            price = (Decimal(DEAR[code]) * Decimal(level)).quantize(Decimal("1.00"))
            most = random.randint(0, 14)
            cells += [
                Cell(reply=reply, room_type=code, night=day, rooms=max(0, most - random.randint(0, 3)), price=price)
                for day in days
            ]
    Cell.objects.bulk_create(cells, batch_size=2_000)
    return asked
