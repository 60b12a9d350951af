"""What is done to the waiting list: wishing, offering, answering, ending. The worker calls `run`; a repeat of any is harmless.

Locks: a booking, then the congress's rules, then stock. Rooms offered are a KEPT claim of the proposal; the yes hands them to the line.
"""

from .answering import PriceMoved, TooLate, answer, show_price
from .frame import close, local_until, lock_list, price_of, proposal_of, rules_of, say_waited, set_state
from .ruling import give_kept, keep_for_office, set_rules
from .running import rehearse_run, run, run_now
from .wishes import CannotWait, make_wish, take_and_wait, withdraw

__all__ = [
    "CannotWait",
    "PriceMoved",
    "TooLate",
    "answer",
    "close",
    "give_kept",
    "keep_for_office",
    "local_until",
    "lock_list",
    "make_wish",
    "price_of",
    "proposal_of",
    "rehearse_run",
    "rules_of",
    "run",
    "run_now",
    "say_waited",
    "set_rules",
    "set_state",
    "show_price",
    "take_and_wait",
    "withdraw",
]
