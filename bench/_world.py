"""The congress that benchmarks sell: a seminar in four months, sixteen hotels, twenty things to take a step."""

import io
import os
from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo


def set_up():
    """A new database with its tables, static files and translations, as `./run` prepares it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleniere.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("prepare", stdout=io.StringIO())


def make(*, rooms=100_000, places=1_000_000, hotels=16, offers=20):
    """Commit the world. `rooms` a night and hotel, `places` of each thing, `offers` on the step of meals."""
    from django.db import transaction

    with transaction.atomic():
        return _make(rooms, places, hotels, offers)


def _make(rooms, places, hotels, offers):
    from pleniere.accounts.models import Client
    from pleniere.booking.tests import world as small
    from pleniere.congress.models import Audience, Congress, LegalText, Method, Pool, Step

    now = datetime.now(ZoneInfo("Europe/Paris"))
    first = now.date() + timedelta(days=120)
    w = SimpleNamespace(now=now, arrival=first, departure=first + timedelta(days=2), bureau=small.make_bureau())
    w.congress = c = Congress.objects.create(
        code="bench",
        title={"fr": "Séminaire mesuré", "en": "Measured seminar"},
        starts=first,
        ends=first + timedelta(days=3),
        organiser=Client.objects.create(kind="COMPANY", company="Organisateur", email="organisateur@example.org"),
        state=Congress.State.OPEN,
        venue="Cité du design",
        venue_latitude=45.45,
        venue_longitude=4.39,
        option_cap_night=100,
    )
    w.pool = Pool.objects.create(congress=c, code="CONGR", name={"fr": "Stock congrès", "en": "Congress stock"})
    w.delegate = Audience.objects.create(congress=c, code="delegate", name={"fr": "Congressiste", "en": "Delegate"})
    w.companion = Audience.objects.create(
        congress=c, code="companion", kind="COMPANION", name={"fr": "Accompagnant", "en": "Companion"}
    )
    kinds = [("persons", "PERSONS"), ("fee", "FEE"), ("lodging", "LODGING"), ("meals", "SERVICES")]
    kinds += [("evenings", "SERVICES"), ("visits", "SERVICES")]
    w.step = {
        code: Step.objects.create(congress=c, code=code, kind=kind, position=n, title={"fr": code.title(), "en": code.title()})
        for n, (code, kind) in enumerate(kinds, start=1)
    }
    _sell(w, small, rooms, places, hotels, offers)
    for n, kind in enumerate(["TRANSFER", "CHEQUE", "ORDER"]):
        Method.objects.create(congress=c, kind=kind, position=n, hold_days=10)
    LegalText.objects.create(congress=c, version=1, text={"fr": "Conditions", "en": "Terms"}, sha256="0" * 64, at=now, by="bench")
    w.agent = small.make_user("agent@example.org", "AGENT")
    w.congress = Congress.objects.get(pk=c.pk)
    return w


def _sell(w, small, rooms, places, hotels, offers):
    organiser = small.make_supplier("ORGANISER", "ORGANISER")
    service, w.fee_rate = small.make_service(organiser, "FEE", "FEE")
    w.fee = small.make_offer(w, w.step["fee"], service, w.fee_rate, "50.00", basis="NET", pool=False, is_mandatory=True)
    w.fee.audiences.set([w.delegate])
    w.rooms = []
    for n in range(hotels):
        hotel = small.make_supplier(
            f"HOTEL{n}", "HOTEL", commission="8", stars=2 + n % 4, latitude=45.43 + n / 300, longitude=4.38 + n / 200
        )
        service, rate = small.make_service(hotel, "DOUBLE", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate", occupancy=2)
        price = f"{90 + 3 * n}.00"
        w.rooms.append((small.make_offer(w, w.step["lodging"], service, rate, price, stock=rooms), rate))
    w.things = {}
    for step, kind, count in (("meals", "MEAL", offers), ("evenings", "EVENING", 4), ("visits", "VISIT", 6)):
        w.things[step] = []
        for n in range(count):
            service, rate = small.make_service(organiser, f"{kind}{n}", kind, vat="intermediate")
            day = w.arrival + timedelta(days=n % 3)
            facts = {"text": {"fr": "Au bord de l’eau, à pied depuis la gare.", "en": "By the water."}, "place": "Cité du design"}
            offer = small.make_offer(w, w.step[step], service, rate, f"{20 + n}.00", stock=places, day=day, **facts)
            w.things[step].append((offer, rate))
