"""Prices as the public reads them."""

from datetime import date
from decimal import Decimal as D

from pleniere.catalogue.models import Contract
from pleniere.congress.models import Offer
from pleniere.congress.pricing import Quoted
from pleniere.registration.shelf import tag_of

CRUISE = Quoted(date(2027, 3, 12), date(2027, 3, 13), units=1, unit=D(30), basis="GROSS", vat=D(20), total=D(30))


def test_a_price_under_the_margin_scheme_shows_no_price_without_vat():
    own, margin = (tag_of(Offer(contract=Contract(mode=mode)), [CRUISE], None) for mode in ("OWN", "MARGIN"))
    assert (own.net, margin.net, margin.gross) == (D(25), D(30), D(30))
