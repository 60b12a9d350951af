"""What retaining writes: the agreement to sign back, the deposits with their dates, the thanks to the others; each once."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from pleniere.accounts.models import Bureau
from pleniere.allotment import agreements
from pleniere.allotment.deposits import dated
from pleniere.allotment.models import Block, BlockDue, Cell, Invitation, Request, Scenario
from pleniere.allotment.tests import grid
from pleniere.allotment.tests.world import make_congress, make_user
from pleniere.catalogue.models import Clause, Contract, Terms
from pleniere.congress.models import Member
from pleniere.messaging.models import Message

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture
def asked(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    Bureau.objects.create(pk=1, name="Saint-Étienne Congrès", sender="congres@example.org", email="congres@example.org")
    asked = grid.make(hotels=3, nights=2, types=1, silent=0, need=10)
    Cell.objects.update(rooms=6, price=Decimal("100.00"))
    client.force_login(make_user("sam@example.org", "AGENT"))
    asked.desk = client
    asked.hotel = Invitation.objects.get(supplier__code="GRID001")  # 8 % commission
    asked.words = {"cell": [f"{asked.hotel.pk}:SINGLE:{night}" for night in asked.stay]}
    return asked


def url(asked, tail):
    return f"/office/congresses/grid/requests/{tail.format(number=asked.number)}"


def with_terms(asked):
    terms = Terms.objects.create(code="hotel", name="Hôtel")
    Clause.objects.create(terms=terms, verb="DUE", start="ORDER", percent=30)
    Clause.objects.create(terms=terms, verb="DUE", start="START", days=-30, percent=20)
    Clause.objects.create(terms=terms, verb="DUE", start="END", days=15, percent=100)
    Clause.objects.create(terms=terms, verb="KEEP", start="START", days=-15, percent=50)
    Request.objects.filter(pk=asked.pk).update(terms=terms)
    return terms


def retain(asked, **words):
    return asked.desk.post(url(asked, "{number}/retained/"), {**asked.words, "retain": "yes", "key": "k" * 8, **words})


def test_the_terms_deposits_are_proposed_dated_and_kept_with_the_block(asked):
    with_terms(asked)
    page = asked.desk.post(url(asked, "{number}/retained/"), asked.words).content.decode()
    assert 'value="360,00"' in page and 'value="240,00"' in page and 'value="600,00"' not in page, (
        "the rest is due after they left"
    )
    pk, soon = asked.hotel.pk, timezone.localdate() + timedelta(days=10)
    done = retain(asked, **{f"due:{pk}": "yes", f"due_on:{pk}:0": soon.isoformat(), f"due_amount:{pk}:0": "250,50"})
    assert done.status_code == 302
    assert list(BlockDue.objects.values_list("on", "amount")) == [(soon, Decimal("250.50"))]
    mail = Message.objects.get(template="allotment/retained")
    assert "250,50" in mail.text and mail.attachments.get().content_type == "application/pdf"
    with pikepdf.open(BytesIO(bytes(mail.attachments.get().content))) as pdf:
        assert pdf.Root.MarkInfo.Marked
    retain(asked)
    assert Block.objects.count() == 1 and Message.objects.filter(template="allotment/retained").count() == 1


@pytest.mark.parametrize(
    "on, amount, why",
    [("2199-13-45", "10", "Acompte"), ("2020-01-01", "10", "au plus tôt"), ("", "10", "Acompte"), ("+5", "99999", "plus que")],
)
def test_a_deposit_that_makes_no_sense_is_told_and_nothing_is_retained(asked, on, amount, why):
    pk = asked.hotel.pk
    on = (timezone.localdate() + timedelta(days=5)).isoformat() if on == "+5" else on
    response = retain(asked, **{f"due:{pk}": "yes", f"due_on:{pk}:0": on, f"due_amount:{pk}:0": amount})
    assert response.status_code == 422 and why in response.content.decode()
    assert not Block.objects.exists() and f'value="{amount}"' in response.content.decode()


def test_the_agreement_names_the_hotel_s_own_price_and_never_ours(asked):
    contract = Contract.objects.get(supplier=asked.hotel.supplier)
    contract.commission, contract.mode = Decimal(0), "OWN"
    contract.save()
    words = {f"sell:{asked.hotel.pk}:SINGLE:100.00": "137,00", f"buy:{asked.hotel.pk}:SINGLE:100.00": "99,00"}
    look = asked.desk.post(url(asked, "{number}/retained/"), {**asked.words, **words, "agreement": asked.hotel.pk})
    assert look["Content-Type"] == "application/pdf" and not Block.objects.exists(), "looking writes nothing"
    assert retain(asked, **words).status_code == 302
    block = Block.objects.get()
    data = agreements.agreement_of(block, block.reply.invitation, [])
    said = str(data)
    assert (
        "99,00" in said
        and "137,00" not in said
        and "137.00" not in said
        and data["totals"][0][-1].replace("\xa0", " ") == "1 188,00 €"
    )


def test_the_others_are_thanked_once_when_that_was_wished(asked):
    page = asked.desk.post(url(asked, "{number}/retained/"), asked.words).content.decode()
    assert "2 autres hôtels" in page and not Message.objects.exists()
    retain(asked, tell="on")
    retain(asked, tell="on")
    thanked = Message.objects.filter(template="allotment/not_retained")
    assert sorted(thanked.values_list("to", flat=True)) == ["hotel-0@example.org", "hotel-2@example.org"]
    asked.desk.post(url(asked, "{number}/closing/"), {"tell": "on"})
    assert thanked.count() == 2, "nor again when the request is closed"


def test_a_scenario_that_is_chosen_thanks_the_others_unless_told_not_to(asked):
    asked.desk.post(url(asked, "{number}/scenarios/"), {"name": "A", **asked.words})
    scenario = Scenario.objects.get()
    look = asked.desk.post(url(asked, "{number}/retained/"), {"scenario": scenario.pk}).content.decode()
    assert 'name="tell" checked' in look
    asked.words = {"scenario": scenario.pk}
    retain(asked)
    assert not Message.objects.filter(template="allotment/not_retained").exists()


def test_the_signed_agreement_is_kept_for_the_office_alone(asked):
    retain(asked)
    block = Block.objects.get()
    page = url(asked, f"blocks/{block.pk}/agreement/")
    assert asked.desk.get(page).status_code == 200
    assert asked.desk.get(url(asked, f"blocks/{block.pk}/agreement.pdf"))["Content-Type"] == "application/pdf"
    assert asked.desk.get(url(asked, f"blocks/{block.pk}/signed/")).status_code == 404
    bad = asked.desk.post(page, {"paper": SimpleUploadedFile("x.pdf", b"MZ not a paper")})
    assert bad.status_code == 422
    assert asked.desk.post(page, {"paper": SimpleUploadedFile("signé.pdf", PDF)}).status_code == 302
    block.refresh_from_db()
    assert block.signed_at and asked.desk.get(url(asked, f"blocks/{block.pk}/signed/")).status_code == 200
    olga = make_user("olga@example.org")
    Member.objects.create(congress=make_congress("autre"), user=olga, role="AGENT")
    other = Client()
    other.force_login(olga)
    for tail in ("agreement/", "agreement.pdf", "signed/"):
        assert other.get(url(asked, f"blocks/{block.pk}/{tail}")).status_code == 404


def test_deposits_add_up_to_no_more_than_the_whole(asked):
    day = timezone.localdate()
    terms = with_terms(asked)
    found = dated(
        terms.clauses.filter(verb="DUE"),
        Decimal("100.01"),
        order=day,
        start=day + timedelta(days=20),
        end=day + timedelta(days=22),
    )
    assert found == ((day, Decimal("50.00")),), "both fall due today; the rest after the last night"
