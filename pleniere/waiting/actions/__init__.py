"""What is done to the waiting list: wishing, offering, answering, ending. The worker calls `run`; a repeat of any is harmless.

Locks: a booking, then the congress's rules, then stock. Rooms offered are a KEPT claim of the proposal; the yes hands them to the line.
"""

from .answering import PriceMoved, TooLate, answer, show_price
from .frame import rules_of
from .ruling import keep_for_office, set_rules
from .running import rehearse_run, run, run_now
from .wishes import CannotWait, make_wish, withdraw

__all__ = [
    "CannotWait",
    "PriceMoved",
    "TooLate",
    "answer",
    "keep_for_office",
    "make_wish",
    "rehearse_run",
    "rules_of",
    "run",
    "run_now",
    "set_rules",
    "show_price",
    "withdraw",
]
