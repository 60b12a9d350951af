"""Everything that is done to payouts: drafted, approved, put in a file, sent, and what the bank made of them."""

from .approving import IbanChanged, approve, drop
from .filing import CannotMake, NoChequeNumber, drop_file, give_cheque, make_file, mark_sent
from .preparing import Blocked, CannotPay, Prepared, pay_advance, pay_deposit, prepare_payouts, prepare_tax
from .refunds import prepare_refund, prepare_send_back
from .settling import execute, pay_anew, reject, return_payout

__all__ = [
    "Blocked",
    "CannotMake",
    "CannotPay",
    "IbanChanged",
    "NoChequeNumber",
    "Prepared",
    "approve",
    "drop",
    "drop_file",
    "execute",
    "give_cheque",
    "make_file",
    "mark_sent",
    "pay_advance",
    "pay_anew",
    "pay_deposit",
    "prepare_payouts",
    "prepare_refund",
    "prepare_send_back",
    "prepare_tax",
    "reject",
    "return_payout",
]
