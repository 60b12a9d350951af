"""Categories on the form: who says to be of one pays its price once that is proved, and is told whose price until then."""

from decimal import Decimal as D

import pytest

from pleniere.booking.models import Charge
from pleniere.booking.tests.world import reload_congress, seminar
from pleniere.congress.actions import touch
from pleniere.congress.models import Audience, Price

from .walk import CLAIRE, Walk


@pytest.fixture
def world(db):
    w = seminar()
    w.member = Audience.objects.create(
        congress=w.congress,
        code="member",
        proof="DOMAIN",
        domains="saumur.example",
        falls_back_to=w.delegate,
        name={"fr": "Adhérent"},
    )
    Price.objects.create(congress=w.congress, rate=w.fee_rate, audience=w.member, amount=D("30"), basis="NET")
    w.fee.audiences.add(w.member)
    touch(reload_congress(w))
    return w


def fee_of(walk):
    return Charge.objects.get(line__booking=walk.booking, line__offer=walk.world.fee).total


@pytest.mark.parametrize(("email", "price"), [("claire@saumur.example", "36.00"), ("claire@elsewhere.example", "60.00")])
def test_a_member_by_mail_address_pays_the_members_price(world, email, price):
    walk = Walk(world)
    page = walk.get("persons").content.decode()
    assert "Adhérent" in page and "p0-email" in page
    assert walk.people({**CLAIRE, "p0-audience": world.member.pk, "p0-email": email}).status_code == 302
    told = walk.get("fee").content.decode()
    assert ("paie comme" in told) == (price == "60.00")
    assert walk.take("fee", world.fee).status_code == 302
    assert fee_of(walk) == D(price)
    assert f'value="{email}"' in walk.get("persons").content.decode()


def test_a_codes_category_is_not_to_be_chosen(world):
    walk = Walk(world)
    assert f'value="{world.board.pk}"' not in walk.get("persons").content.decode()
    assert walk.people({**CLAIRE, "p0-audience": world.board.pk}).status_code == 422
    assert not walk.booking.persons.exists()
