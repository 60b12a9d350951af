"""What is done to a sub-block: made, asked for, allocated, accepted, given back. Each once per key; a repeat is harmless.

Locks: the congress, the sub-block, then stock. Rooms move by `stock.moving`, and by nothing else.
"""

from .allocating import TooFew, allocate, propose
from .answering import CannotAnswer, accept, ask, drop_guest, invite, name_guests
from .frame import Refused, link_of
from .housing import fill_house, make_house
from .making import edit_sub_block, make_sub_block, set_price, set_steps
from .returning import NothingToReturn, do_step, give_back, undo_return

__all__ = [
    "CannotAnswer",
    "NothingToReturn",
    "Refused",
    "TooFew",
    "accept",
    "allocate",
    "ask",
    "do_step",
    "drop_guest",
    "edit_sub_block",
    "fill_house",
    "give_back",
    "invite",
    "link_of",
    "make_house",
    "make_sub_block",
    "name_guests",
    "propose",
    "set_price",
    "set_steps",
    "undo_return",
]
