"""One delegate's way through the form, as tests walk it: POSTs as a browser without scripts sends them."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from pleniere.accounts import links
from pleniere.booking.models import Booking
from pleniere.booking.tests.world import rate_of

CONTACT = {
    "email": "claire@example.org",
    "first_name": "Claire",
    "last_name": "Fournier",
    "address": "8 bis quai Carnot",
    "postcode": "49400",
    "town": "Saumur",
    "country": "FR",
    "mobile": "06 12 34 56 78",
}
CLAIRE = {"p0-first_name": "Claire", "p0-last_name": "Fournier", "p0-institution": "OT Saumur"}


class Walk:
    """A browser with one cart."""

    def __init__(self, world, client: Client | None = None):
        self.world, self.client = world, client or Client()
        self.code = world.congress.code
        begun = self.client.post(reverse("public-begin", args=[self.code]))
        self.token = begun["Location"].rstrip("/").rpartition("/")[2]

    @property
    def booking(self) -> Booking:
        link = links.read(self.token)
        assert link is not None
        return Booking.objects.visible_to(link).get()

    def url(self, name: str, *args: object) -> str:
        return reverse(f"public-{name}", args=[self.code, self.token, *args])

    def get(self, stage: str):
        return self.client.get(self.url("step", stage))

    def post(self, stage: str, words: dict | None = None, **more):
        return self.client.post(self.url("step", stage), {**(words or {}), **more})

    def people(self, words: dict | None = None):
        return self.post("persons", words or CLAIRE, do="save")

    def take(self, stage: str, *offers, do: str = "next"):
        people = [str(person.pk) for person in self.booking.persons.all()]
        return self.post(stage, {"shown": [o.pk for o in offers], **{f"o{o.pk}": people for o in offers}}, do=do)

    def room(self, *, nights: int = 2, who=None, offer=None):
        offer = offer or self.world.room
        who = who or [self.booking.persons.first().pk]
        query = f"?arrival={self.world.arrival}&nights={nights}&rooms=1&adults=1"
        words = {"choice": f"{offer.pk}-{rate_of(offer).pk}", "who": who}
        return self.client.post(self.url("hotel", offer.service.supplier_id) + query, words)

    def to_payment(self, *, evening: str = "SOIRCORBU"):
        """The shortest way to the last page: one person, the fee, a room, an evening."""
        self.people()
        self.take("fee", self.world.fee)
        self.room()
        self.take("evenings", self.world.free[evening])
        return self.post("contact", CONTACT)

    def order(self, method: str = "TRANSFER", shown: str = "271.50", **more):
        words = {"method": method, "terms": "on", "version": self.world.terms.version, "shown": shown}
        return self.post("payment", {**words, **more})
