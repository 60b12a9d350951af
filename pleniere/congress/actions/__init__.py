"""What is done to a congress; each noun in a module of its own. Every edit moves its version and leaves a trace."""

from .audiences import (
    drop_audience,
    drop_pool,
    drop_window,
    edit_audience,
    edit_pool,
    edit_window,
    make_audience,
    make_pool,
    make_window,
)
from .enquiries import close_enquiry, congress_from, edit_enquiry, make_enquiry, reopen_enquiry
from .frame import Refused, touch
from .making import edit_congress, make_congress
from .offers import drop_offer, edit_offer, make_offer, order_offers, retire_offer
from .opening import NotReady, close_registration, end_congress, open_registration
from .paying import set_method, set_terms, write_legal_text
from .prices import PriceRow, drop_price, put_price, rows_of, set_prices
from .steps import drop_step, edit_step, make_step, order_steps

__all__ = [
    "NotReady",
    "PriceRow",
    "Refused",
    "close_enquiry",
    "close_registration",
    "congress_from",
    "drop_audience",
    "drop_offer",
    "drop_pool",
    "drop_price",
    "drop_step",
    "drop_window",
    "edit_audience",
    "edit_congress",
    "edit_enquiry",
    "edit_offer",
    "edit_pool",
    "edit_step",
    "edit_window",
    "end_congress",
    "make_audience",
    "make_congress",
    "make_enquiry",
    "make_offer",
    "make_pool",
    "make_step",
    "make_window",
    "open_registration",
    "order_offers",
    "order_steps",
    "put_price",
    "reopen_enquiry",
    "retire_offer",
    "rows_of",
    "set_method",
    "set_prices",
    "set_terms",
    "touch",
    "write_legal_text",
]
