"""What is done to a draw: prepared, announced, entered, closed, drawn or cancelled. The worker closes and draws; a repeat is harmless.

Locks: congress, draw; bookings; the waiting list; stock.
"""

from .drawing import CannotDraw, NotYet, close_draw, draw_now, published, rehearse_draw
from .entering import CannotEnter, EnteredAlready, Wanted, enter, withdraw
from .setting import CannotAnnounce, announce, cancel_draw, drop_room, edit_draw, prepare_draw, put_room, say_word

__all__ = [
    "CannotAnnounce",
    "CannotDraw",
    "CannotEnter",
    "EnteredAlready",
    "NotYet",
    "Wanted",
    "announce",
    "cancel_draw",
    "close_draw",
    "draw_now",
    "drop_room",
    "edit_draw",
    "enter",
    "prepare_draw",
    "published",
    "put_room",
    "rehearse_draw",
    "say_word",
    "withdraw",
]
