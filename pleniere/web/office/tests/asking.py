"""What the requests' screens are tested with: an office's client, a request made, sent, answered by link, retained of."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from pleniere.accounts import links
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.models import Request
from pleniere.allotment.tests.world import world
from pleniere.congress.models import Congress


def desk(client):
    """The small world, its congress some months from now; Sam at the desk."""
    w = world()
    w.starts = timezone.localdate() + timedelta(days=120)
    Congress.objects.filter(pk=w.congress.pk).update(starts=w.starts, ends=w.starts + timedelta(days=3))
    w.congress.refresh_from_db()
    w.arrival, w.departure = w.starts - timedelta(days=1), w.starts + timedelta(days=3)
    w.nights = [w.arrival + timedelta(days=n) for n in range(4)]
    w.url = f"/office/congresses/{w.congress.code}/requests/"
    client.force_login(w.sam)
    w.desk = client
    return w


def typed(w, **changes):
    words = {
        "arrival": w.arrival.isoformat(),
        "departure": w.departure.isoformat(),
        "deadline": f"{w.starts - timedelta(days=60)}T18:00",
        "cutoff": (w.starts - timedelta(days=30)).isoformat(),
        "price_is": "COMMISSIONABLE",
        "with_breakfast": "on",
        "ask:DOUBLE": "on",
        "kind:DOUBLE": "QUOTE",
        **{f"need:DOUBLE:{night}": "90" for night in w.nights},
        "ask:ACCESSIBLE": "on",
        "kind:ACCESSIBLE": "AVAILABILITY",
    }
    return {**words, **changes}


def make(w, **changes):
    response = w.desk.post(w.url + "new/", typed(w, **changes))
    assert response.status_code == 302, response.content.decode()[-3000:]
    return Request.objects.latest("pk")


def send(w, suppliers=None):
    asked = make(w)
    chosen = suppliers or [w.adagio, w.terminus, w.rives, w.later]
    assert w.desk.post(f"{w.url}{asked.number}/recipients/", {"supplier": [s.pk for s in chosen]}).status_code == 302
    assert w.desk.post(f"{w.url}{asked.number}/sendings/").status_code == 302
    return asked


def answer(w, invitation, *, rooms="30", price="105,75", **more):
    page = f"/hotel/answer/{links.token(link_for(invitation))}/"
    words = {"act": "send", "same:DOUBLE": "on", "n:DOUBLE": rooms, "p:DOUBLE": price, "none:ACCESSIBLE": "on", "name": "Sophie"}
    return Client().post(page, {**words, **more})


def asked_and_answered(w):
    asked = send(w, [w.adagio, w.terminus])
    answer(w, asked.invitations.get(supplier=w.adagio))
    asked.refresh_from_db()
    return asked


def retain(w, asked, invitation, **words):
    cells = {
        "cell": [f"{invitation.pk}:DOUBLE:{night}" for night in w.nights],
        "retain": "yes",
        "key": words.pop("key", "a" * 32),
    }
    return w.desk.post(f"{w.url}{asked.number}/retained/", {**cells, **words})
