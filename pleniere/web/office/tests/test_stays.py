"""After the stay: the hotel says what became of each on its page, the office agrees, the commission follows the terms."""

from datetime import date, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.models import Invitation, Request
from pleniere.booking.actions import WrongStays, tell_stays
from pleniere.booking.models import Change, Charge
from pleniere.booking.queries import booking_total
from pleniere.booking.stays import Told, no_show_percent, stays_of
from pleniere.catalogue.models import Contact, Terms
from pleniere.congress.models import Congress
from pleniere.invoicing.actions import AlreadyInvoiced, agree_stay, issue_commission_invoice
from pleniere.invoicing.tests.world import billing_world, firm_leaflet

pytestmark = pytest.mark.django_db
AFTER = datetime(2027, 4, 12, 9, tzinfo=timezone.get_default_timezone())
ONE = date(2027, 4, 8)  # a night after the arrival


@pytest.fixture
def w(client, monkeypatch):
    """The leaflet's stay, two nights at 105.75 with a commission of 16.92; the day after the congress."""
    monkeypatch.setattr(timezone, "now", lambda: AFTER)
    w = billing_world()
    w.booking = firm_leaflet(w)
    w.line = w.booking.lines.get(offer=w.room)
    Contact.objects.create(supplier=w.hotel, name="Sophie", email="sophie@example.org")
    dates = {"arrival": date(2027, 4, 7), "departure": date(2027, 4, 9), "cutoff": date(2027, 3, 20)}
    deadline = datetime(2027, 2, 1, tzinfo=AFTER.tzinfo)
    w.request = Request.objects.create(
        congress=w.congress, number="10000001", deadline=deadline, deadline_date=deadline.date(), state="SENT", **dates
    )
    w.invitation = Invitation.objects.create(request=w.request, congress=w.congress, supplier=w.hotel, state="ANSWERED")
    w.link = link_for(w.invitation)
    w.page = f"/hotel/answer/{links.token(w.link)}/stays/"
    w.desk = f"/office/congresses/{w.congress.code}/stays/"
    w.client = client
    return w


def tell(w, outcome, departure=None, note=""):
    return tell_stays(w.invitation, {w.line.pk: Told(outcome, departure, note)}, by=w.link, at=AFTER)


def agreed(w, **facts):
    agree_stay(Change.objects.get(verb="stay.told", state="PROPOSED"), by=w.lead, at=AFTER, **facts)
    return Charge.objects.live().get(line=w.line).commission


def keep(w, **clause):
    terms = Terms.objects.create(code="k", name="k")
    terms.clauses.create(verb="KEEP", start="ORDER", **clause)
    Congress.objects.filter(pk=w.congress.pk).update(terms=terms)


@pytest.mark.parametrize(
    ("outcome", "departure", "clause", "commission"),
    [
        ("CAME", None, {"percent": 0}, "16.92"),
        ("NO_SHOW", None, None, "16.92"),  # collected, not given back: the hotel has it all
        ("NO_SHOW", None, {"percent": 0}, "0.00"),
        ("NO_SHOW", None, {"percent": 100}, "16.92"),
        ("NO_SHOW", None, {"percent": 100, "base": "NIGHT"}, "8.46"),
        ("EARLY", ONE, {"percent": 0}, "8.46"),
        ("EARLY", ONE, {"percent": 50}, "12.69"),
        ("EXTRA", date(2027, 4, 10), {"percent": 0}, "25.38"),
    ],
)
def test_the_commission_follows_the_nights_slept_and_what_the_terms_keep(w, outcome, departure, clause, commission):
    if clause:
        keep(w, **clause)
    assert tell(w, outcome, departure) == 1
    assert agreed(w) == D(commission)
    assert booking_total(w.booking) == D("296.50"), "only the commission may be overridden"
    told = Change.objects.get(verb="stay.told")
    assert (told.state, told.effect["commission"]) == ("APPLIED", ["16.92", commission])


def test_the_history_says_why_and_a_repeat_changes_nothing(w):
    keep(w, percent=0)
    tell(w, "NO_SHOW", note="chambre gardée jusqu’à minuit")
    assert tell(w, "NO_SHOW", note="chambre gardée jusqu’à minuit") == 0
    change = Change.objects.get(verb="stay.told")
    assert agree_stay(change, by=w.lead, at=AFTER) and not agree_stay(change, by=w.lead, at=AFTER)
    override = Change.objects.get(verb="commission.overridden")
    assert "n’est pas venu" in override.reason and "minuit" in override.reason
    assert tell(w, "NO_SHOW", note="chambre gardée jusqu’à minuit") == 0, "what is agreed is agreed"
    assert no_show_percent(w.congress) == 100


def test_saying_otherwise_takes_the_place_of_what_was_said(w):
    tell(w, "NO_SHOW")
    tell(w, "EARLY", ONE)
    assert list(Change.objects.filter(verb="stay.told").order_by("pk").values_list("state", flat=True)) == ["DROPPED", "PROPOSED"]
    (stay,) = stays_of(w.congress, AFTER.date())
    assert (stay.booked, stay.actual) == (2, 1)


def test_the_office_may_agree_to_another_commission_until_it_is_invoiced(w):
    tell(w, "EARLY", ONE)
    assert agreed(w, commission=D("10.00")) == 10
    issue_commission_invoice(w.hotel, w.congress, by=w.lead, at=AFTER)
    tell(w, "NO_SHOW")
    keep(w, percent=0)
    with pytest.raises(AlreadyInvoiced):
        agreed(w)
    assert Change.objects.filter(verb="stay.told", state="PROPOSED").exists()


@pytest.mark.parametrize(
    ("outcome", "departure"),
    [
        ("EARLY", None),
        ("EARLY", date(2027, 4, 9)),
        ("EARLY", date(2027, 4, 7)),
        ("EXTRA", ONE),
        ("EXTRA", date(9999, 12, 31)),
        ("X", None),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(w, outcome, departure):
    with pytest.raises(WrongStays) as wrong:
        tell(w, outcome, departure)
    assert w.line.pk in wrong.value.problems and not Change.objects.filter(verb="stay.told").exists()


def test_a_hotel_speaks_of_its_own_stays_that_have_begun_and_nobody_else_does(w):
    lunch = w.booking.lines.get(offer=w.lunch)
    assert tell_stays(w.invitation, {lunch.pk: Told("NO_SHOW")}, by=w.link, at=AFTER) == 0
    before = datetime(2027, 4, 6, 9, tzinfo=AFTER.tzinfo)
    assert tell_stays(w.invitation, {w.line.pk: Told("NO_SHOW")}, by=w.link, at=before) == 0
    with pytest.raises(NotAllowed):
        tell_stays(w.invitation, {w.line.pk: Told("NO_SHOW")}, by=w.outsider, at=AFTER)
    tell(w, "NO_SHOW")
    with pytest.raises(NotAllowed):
        agree_stay(Change.objects.get(verb="stay.told"), by=w.agent, at=AFTER)


# the hotel's page


def test_the_hotel_says_it_on_one_page(w):
    page = w.client.get(w.page)
    html = page.content.decode()
    assert page.status_code == 200 and "Ingénie" in html and "claire@example.org" not in html and "16,92" not in html
    assert w.page in w.client.get(w.page.removesuffix("stays/")).content.decode()
    pk = w.line.pk
    late = w.client.post(w.page, {f"outcome:{pk}": "EARLY", f"departure:{pk}": "2027-04-09", "some": "1"})
    assert late.status_code == 422 and "2027-04-09" in late.content.decode()
    assert w.client.post(w.page, {f"outcome:{pk}": "EARLY", f"departure:{pk}": "31 avril", "some": "1"}).status_code == 422
    assert w.client.post(w.page, {"some": "1"}).status_code == 302 and not Change.objects.filter(verb="stay.told").exists()
    assert w.client.post(w.page, {"rest": "1", "outcome:x": "CAME"}).status_code == 302
    assert Change.objects.get(verb="stay.told").asked["outcome"] == "CAME"
    w.client.post(w.page, {f"outcome:{pk}": "NO_SHOW", f"departure:{pk}": "", f"note:{pk}": "\x00" + "é" * 9000, "some": "1"})
    assert Change.objects.filter(verb="stay.told").latest("pk").asked["outcome"] == "NO_SHOW"


# the office's pages


def test_the_office_sees_each_hotel_and_agrees(w):
    keep(w, percent=0)
    w.client.force_login(w.lead)
    tell(w, "NO_SHOW")
    index = w.client.get(w.desk).content.decode()
    assert w.hotel.name in index and "?only=NO_SHOW" in index and "16,92" in index
    url = f"{w.desk}{w.hotel.pk}/"
    assert "0,00" in w.client.get(url + "?only=open").content.decode()
    assert w.client.get(url + "?only=%00x").status_code == 200
    assert w.client.post(url, {"agree": str(w.line.pk), f"commission:{w.line.pk}": "beaucoup"}).status_code == 422
    assert w.client.post(url, {"agree": str(w.line.pk), f"commission:{w.line.pk}": "1000"}).status_code == 422
    assert w.client.post(url, {"agree": "all"}).status_code == 302
    assert Charge.objects.live().get(line=w.line).commission == 0
    for kind in ("xlsx", "csv", "pdf"):
        assert "attachment" in w.client.get(f"{w.desk}?export={kind}")["Content-Disposition"]
    history = w.client.get(f"/office/bookings/{w.booking.number}/changes/")
    assert history.status_code in (200, 404)


def test_an_agent_says_it_for_a_hotel_on_the_phone_and_an_outsider_finds_nothing(w):
    w.client.force_login(w.agent)
    url = f"{w.desk}{w.hotel.pk}/"
    assert w.client.post(url, {f"outcome:{w.line.pk}": "NO_SHOW", "some": "1"}).status_code == 302
    assert Change.objects.get(verb="stay.told").by.startswith("Sam")
    assert w.client.post(url, {"agree": "all"}).status_code == 403
    assert w.client.get(f"{w.desk}999999/").status_code == 404
    w.client.force_login(w.outsider)
    assert w.client.get(url).status_code in (403, 404) and w.client.get(w.desk).status_code in (403, 404)


def test_twenty_stays_ask_no_more_of_the_database_than_two(w):
    w.client.force_login(w.lead)
    counts = []
    for n in (1, 6):
        for _each in range(n):
            firm_leaflet(w)
        tell_stays(w.invitation, {s.line.pk: Told("NO_SHOW") for s in stays_of(w.congress, AFTER.date())}, by=SYSTEM, at=AFTER)
        found = []
        for url in (w.desk, f"{w.desk}{w.hotel.pk}/", w.page):
            w.client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert w.client.get(url).status_code == 200
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]
