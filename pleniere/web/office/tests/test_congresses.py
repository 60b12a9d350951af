"""The set-up desk: a newcomer gets through, nothing typed is lost, an outsider finds nothing."""

from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts.models import Bureau, Trace, User
from pleniere.booking.tests import world as made
from pleniere.booking.tests.world import make_user, rate_of, seminar
from pleniere.catalogue.actions.founding import lay_ground
from pleniere.congress.models import Congress, Member, Price
from pleniere.stock.models import StockDay
from pleniere.web.tests.browser import look_at, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    return w


def page(name, *args):
    return reverse(f"office-{name}", args=args)


NEW = {
    "title_0": "Congrès des sociétés",
    "title_1": "Societies’ congress",
    "code": "css2030",
    "starts": "2030-06-01",
    "last": "2030-06-03",
    "organiser": "Société savante",
    "organiser_email": "s@example.org",
    "help_email": "aide@example.org",
    "steps": ["persons", "fee", "meals"],
}


def test_a_newcomer_goes_through_the_assistant_and_opens(client, db):
    bureau = Bureau.objects.create(
        pk=1,
        name="Bureau",
        **dict.fromkeys(
            [
                "legal_name",
                "legal_form",
                "siret",
                "registration_number",
                "guarantor",
                "insurer",
                "mediator",
                "address",
                "postcode",
                "town",
                "phone",
                "email",
                "sender",
            ],
            "x@y.fr",
        ),
    )
    lay_ground(bureau)
    lead = make_user("lea@example.org", "LEAD")
    client.force_login(lead)
    first = client.get(page("congress-new"))
    names = [widget.attrs.get("lang") for widget in first.context["form"].fields["title"].widget.widgets]
    assert names == ["fr", "en"]
    answer = client.post(page("congress-new"), NEW | local(first, "title", "Congrès", "Congress"))
    assert answer.status_code == 302, answer.context["form"].errors
    congress = Congress.objects.get(code="css2030")
    assert (congress.starts, congress.ends) == (date(2030, 6, 1), date(2030, 6, 4))
    house = client.get(page("setup-offer-new", "css2030") + "?guide=1").context["form"].fields["contract"].queryset.get()
    fee = congress.steps.get(kind="FEE")
    offer = {
        "key": "0" * 32,
        "contract": house.pk,
        "kind": "FEE",
        "vat": "standard",
        "amount": "50,00",
        "basis": "NET",
        "step": fee.pk,
    }
    blank = client.get(page("setup-offer-new", "css2030"))
    answer = client.post(
        page("setup-offer-new", "css2030") + "?guide=1",
        offer | local(blank, "name", "Inscription", "Fee") | {"is_mandatory": "on"},
    )
    assert answer.status_code == 302, answer.context["form"].errors
    answer = client.post(page("setup-payment", "css2030") + "?guide=1", {"cheque-is_on": "on", "cheque-hold_days": "10"})
    assert answer.status_code == 302, answer.context["reasons"]
    assert client.post(page("setup-terms", "css2030") + "?guide=1", {"preset": "balanced"}).status_code == 302
    blank = client.get(page("setup-texts", "css2030"))
    legal = next(form for kind, _l, _r, form in blank.context["rows"] if kind == "TERMS")
    words = {f"{legal['text'].html_name}_{code}": "Conditions" for code in ("fr", "en")}
    assert client.post(page("setup-texts", "css2030") + "?guide=1", {"TERMS": "1"} | words).status_code == 302
    assert client.get(page("setup-preview", "css2030") + "?guide=1&step=fee").status_code == 200
    refused = client.post(page("setup-opening", "css2030"), {})
    assert refused.status_code == 422
    assert [each.code for each, _url in refused.context["missing"] if each.blocks] == ["quote"]
    answer = client.post(page("setup-opening", "css2030"), {"override": "le devis suit"})
    assert answer.status_code == 302
    congress.refresh_from_db()
    assert congress.is_open(timezone.now())


def local(response, field, fr, en):
    name = response.context["form"][field].html_name
    return {f"{name}_fr": fr, f"{name}_en": en}


def test_every_page_of_the_set_up_is_there_in_both_languages(client, w):
    names = ["congress", "setup-general", "setup-steps", "setup-audiences", "setup-payment", "setup-terms", "setup-texts"]
    names += ["setup-members", "setup-preview", "setup-opening", "setup-offer-new"]
    for language in ("fr", "en"):
        client.cookies["django_language"] = language
        for name in names:
            for guide in ("", "?guide=1"):
                assert client.get(page(name, "ctv2027") + guide).status_code == 200, name
        assert client.get(page("setup-offer", "ctv2027", w.lunch.pk)).status_code == 200
        assert client.get(page("setup-offer", "ctv2027", w.room.pk)).status_code == 200
        assert client.get(page("setup-step", "ctv2027", w.step["fee"].pk)).status_code == 200
        assert client.get(page("setup-audience", "ctv2027", w.board.pk)).status_code == 200


def test_the_price_grid_writes_what_is_typed_and_says_what_became_of_the_carts(client, w):
    address = page("setup-offer", "ctv2027", w.lunch.pk)
    made.make_cart(w)
    grid = client.get(address).context["grids"][0]
    cells = {cell.name: cell.text for _audience, found in grid.lines for cell in found}
    everybody = grid.lines[0][1][0].name
    companion = next(found[0].name for audience, found in grid.lines if audience and audience.code == "companion")
    answer = client.post(address + "prices/", cells | {everybody: "27,50", companion: "12", grid.basis_name: "GROSS"})
    assert answer.status_code == 302
    amounts = sorted(str(price.amount) for price in Price.objects.filter(rate=w.lunch_rate))
    assert amounts == ["12.00", "27.50"]


def test_a_price_that_cannot_be_read_is_said_and_nothing_typed_is_lost(client, w):
    address = page("setup-offer", "ctv2027", w.lunch.pk)
    grid = client.get(address).context["grids"][0]
    name = grid.lines[0][1][0].name
    for typed in ("=1+1", "10000000000000", "-3", "douze"):
        answer = client.post(address + "prices/", {name: typed})
        assert answer.status_code == 422
        assert f'value="{typed}"' in answer.content.decode()
    assert Price.objects.get(rate=w.lunch_rate).amount == 25


def test_an_empty_grid_is_refused_while_registration_is_open(client, w):
    answer = client.post(page("setup-prices", "ctv2027", w.lunch.pk), {})
    assert answer.status_code == 422
    assert Price.objects.filter(rate=w.lunch_rate).count() == 1


def test_places_follow_the_offer_and_never_go_below_what_is_taken(client, w):
    made.leaflet_booking(w)
    address = page("setup-offer", "ctv2027", w.lunch.pk)
    form = client.get(address).context["form"]
    typed = {"step": w.lunch.step_id, "day": "2027-04-09", "places": "60"}
    typed["key"] = "0" * 32
    assert client.post(address, typed).status_code == 302, form
    row = StockDay.objects.get(service=w.lunch.service)
    assert row.granted == 60
    refused = client.post(address, typed | {"places": "0", "key": "1" * 32})
    assert refused.status_code == 422
    moved = client.post(address, typed | {"day": "2027-04-08", "key": "2" * 32})
    assert moved.status_code == 422
    assert "retire" in moved.content.decode()


def test_dates_that_leave_out_what_is_sold_come_back_with_reasons(client, w):
    made.leaflet_booking(w)
    address = page("setup-general", "ctv2027")
    first = client.get(address)
    typed = {"starts": "2027-04-09", "last": "2027-04-09", "price_date": "ORDER", "hue": "petrol"} | local(
        first, "title", "T", "T"
    )
    answer = client.post(address, typed)
    assert answer.status_code == 422
    assert "outside" in answer.content.decode()
    answer = client.post(address, typed | {"last": "2027-04-01"})
    assert "The last day lies before the first" in answer.content.decode()


@pytest.mark.parametrize("typed", ["x" * 1_000_000, "nul \x00", "🎉", "\u202eabc", "=cmd|' /C calc'!A0"])
def test_hostile_words_are_kept_or_refused_never_a_fault(client, w, typed):
    address = page("setup-steps", "ctv2027")
    first = client.get(address)
    answer = client.post(address, {"kind": "SERVICES"} | local(first, "title", typed, typed))
    assert answer.status_code in (302, 422)
    address = page("congress-new")
    first = client.get(address)
    answer = client.post(address, NEW | local(first, "title", typed, typed) | {"code": typed[:50], "starts": "9999-12-31"})
    assert answer.status_code == 422


def test_a_step_moves_and_the_participants_stay_first(client, w):
    address = page("setup-step-place", "ctv2027", w.step["meals"].pk)
    client.post(address, {"up": "1"})
    assert [step.code for step in w.congress.steps.all()][:4] == ["persons", "fee", "meals", "lodging"]
    answer = client.post(page("setup-step-place", "ctv2027", w.step["fee"].pk), {"up": "1"}, follow=True)
    assert "first" in answer.content.decode()
    assert client.get(address).status_code == 405


def test_an_outsider_finds_no_congress_and_an_accountant_edits_none(client, w):
    client.force_login(w.outsider)
    assert client.get(page("setup-general", "ctv2027")).status_code == 403
    elsewhere = make_user("elsa@example.org")
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=w.arrival, ends=w.departure)
    Member.objects.create(congress=other, user=elsewhere, role="AGENT")
    client.force_login(elsewhere)
    assert client.get(page("setup-general", "ctv2027")).status_code == 404
    assert client.get(page("setup-offer", "autre", w.lunch.pk)).status_code == 404
    assert "Atout France" not in client.get(page("setup-general", "autre")).content.decode()
    client.force_login(w.accountant)
    assert client.get(page("setup-general", "ctv2027")).status_code == 200
    assert client.post(page("setup-terms", "ctv2027"), {"preset": "strict"}).status_code == 403
    assert client.get(page("congress-new")).status_code == 403


def test_a_lead_gives_roles_and_invites_who_is_new(client, w):
    client.force_login(w.lead)
    address = page("setup-members", "ctv2027")
    assert client.post(address, {"email": "oscar@example.org", "roles": ["ORGANISER"]}).status_code == 422
    answer = client.post(address, {"email": "oscar@example.org", "name": "Oscar", "roles": ["ORGANISER"]})
    assert answer.status_code == 302
    assert Member.objects.get(user=User.objects.get(email="oscar@example.org")).role == "ORGANISER"


def test_the_terms_are_edited_as_a_list(client, w):
    address = page("setup-terms", "ctv2027")
    client.post(address, {"preset": "strict"})
    first = client.get(address)
    typed = {"save": "1", "name": "À nous"}
    for form in first.context["forms"]:
        for name in form.fields:
            value = form.initial.get(name)
            typed[form.add_prefix(name)] = "" if value is None else str(value)
    blank = first.context["forms"][-1]
    typed |= {blank.add_prefix("verb"): "RENAME", blank.add_prefix("start"): "ORDER", blank.add_prefix("amount"): "15,00"}
    answer = client.post(address, typed)
    assert answer.status_code == 302, answer.context["reasons"]
    w.congress.refresh_from_db()
    assert w.congress.terms.clauses.count() == 3
    refused = client.post(address, typed | {"c0-percent": "140"})
    assert refused.status_code == 422 and "140" in refused.content.decode()


def test_the_trace_of_every_save_names_who(client, w):
    client.post(page("setup-terms", "ctv2027"), {"preset": "strict"})
    assert Trace.objects.get(verb="terms.set").actor == "Sam"


def test_the_list_of_congresses_costs_the_same_at_two_and_at_twenty(client, w, django_assert_max_num_queries):
    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(page("congresses")).status_code == 200
        return len(queries)

    count()
    few = count()
    for n in range(20):
        Congress.objects.create(code=f"c{n}", title={"fr": "x"}, starts=w.arrival, ends=w.departure)
    assert count() == few


def test_the_set_up_has_no_fault_on_a_phone_nor_on_a_desk(page, live_server, db):
    w = seminar()
    sign_in(page, live_server, w.agent)
    home = f"{live_server.url}/office/congresses/ctv2027/"
    for name in (
        "",
        "setup/steps/",
        f"setup/offers/{w.lunch.pk}/",
        "setup/discounts/",
        "setup/terms/",
        "setup/texts/",
        "setup/opening/",
    ):
        assert look_at(page, home + name) == [], name


def test_each_offer_of_the_set_up_shows_its_price(client, w):
    shown = client.get(page("setup-steps", w.congress.code)).content.decode()
    assert "€105.75" in shown
    Price.objects.create(congress=w.congress, rate=rate_of(w.lunch), min_quantity=10, amount="20.00")
    shown = client.get(page("setup-steps", w.congress.code)).content.decode()
    assert "from €20.00" in shown


@pytest.mark.parametrize("tab", ["terms", "texts"])
def test_a_post_that_presses_no_button_is_told_so(client, w, tab):
    for nonsense in ({}, {"dance": "1"}):
        answer = client.post(page(f"setup-{tab}", "ctv2027"), nonsense)
        assert answer.status_code == 422 and "Nothing was asked" in answer.content.decode()


def test_an_open_congress_says_where_delegates_register(client, w):
    client.force_login(w.lead)
    address = reverse("public-welcome", args=[w.congress.code])
    for state in ("OPEN", "PREPARED"):
        type(w.congress).objects.filter(pk=w.congress.pk).update(state=state)
        shown = client.get(page("congress", w.congress.code)).content.decode()
        assert (f'value="{settings.SITE_URL}{address}"' in shown) == (state == "OPEN")


def test_each_number_of_the_overview_leads_to_what_it_counts(client, w):
    client.force_login(w.lead)
    shown = client.get(page("congress", w.congress.code)).content.decode().partition('class="figures"')[2].partition("</dl>")[0]
    for name in ("bookings", "planning", "setup-steps"):
        assert f'href="{page(name, w.congress.code)}"' in shown
