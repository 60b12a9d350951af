"""Everything that is done to a booking. Each locks the booking first, then its stock; each leaves its history."""

from ..staying import NotThatStay, Wrong
from .account import Item, set_account
from .acknowledging import acknowledge
from .attending import Attendee, set_attendees
from .cart import (
    HOLD,
    PROLONGATIONS,
    WARN,
    AlreadyPlaced,
    NoMoreTime,
    NotForThem,
    PersonFacts,
    Take,
    TooMany,
    drop_lines,
    empty_cart,
    fill_cart,
    hold_again,
    open_cart,
    prolong_cart,
    prove_audience,
    set_persons,
    take_offer,
)
from .changing import LineGone, NamedAlready, add_line, cancel_lines, change_line, name_person, rename_person
from .dividing import TooManyPayers, add_payer, divide_booking, number_payer
from .fees import Fee, fees_by_terms
from .frame import Outdated
from .lapse import end_card_holds, end_carts, lapse_options, list_expiring, prolong_options
from .methods import choose_method
from .people import add_person, note
from .placing import Buyer, DivisionChanged, NothingToOrder, Placed, PriceChanged, Share, TooManyOptions, place_booking
from .proving import NotTheirs, say_audience
from .rehearsing import Effect, EffectDiffers, act_as_shown, rehearse
from .relocating import GUEST, HOUSE, KEEP, CannotRelocate, Move, Moved, relocate
from .reviving import Lost, lost_lines, revive_lines
from .settling import Settled, booking_dues, make_firm, settle
from .staying import WrongStays, tell_stays
from .vouchers import NoSuchCode, drop_voucher, use_voucher

__all__ = [
    "GUEST",
    "HOLD",
    "HOUSE",
    "KEEP",
    "PROLONGATIONS",
    "WARN",
    "AlreadyPlaced",
    "Attendee",
    "Buyer",
    "CannotRelocate",
    "DivisionChanged",
    "Effect",
    "EffectDiffers",
    "Fee",
    "Item",
    "LineGone",
    "Lost",
    "Move",
    "Moved",
    "NamedAlready",
    "NoMoreTime",
    "NoSuchCode",
    "NotForThem",
    "NotThatStay",
    "NotTheirs",
    "NothingToOrder",
    "Outdated",
    "PersonFacts",
    "Placed",
    "PriceChanged",
    "Settled",
    "Share",
    "Take",
    "TooMany",
    "TooManyOptions",
    "TooManyPayers",
    "Wrong",
    "WrongStays",
    "acknowledge",
    "act_as_shown",
    "add_line",
    "add_payer",
    "add_person",
    "booking_dues",
    "cancel_lines",
    "change_line",
    "choose_method",
    "divide_booking",
    "drop_lines",
    "drop_voucher",
    "empty_cart",
    "end_card_holds",
    "end_carts",
    "fees_by_terms",
    "fill_cart",
    "hold_again",
    "lapse_options",
    "list_expiring",
    "lost_lines",
    "make_firm",
    "name_person",
    "note",
    "number_payer",
    "open_cart",
    "place_booking",
    "prolong_cart",
    "prolong_options",
    "prove_audience",
    "rehearse",
    "relocate",
    "rename_person",
    "revive_lines",
    "say_audience",
    "set_account",
    "set_attendees",
    "set_persons",
    "settle",
    "take_offer",
    "tell_stays",
    "use_voucher",
]
