"""Everything that is done with money that comes. Bookings first, then stock, then the chains: receipts, entries."""

from .announcing import NothingToPay, announce, announce_order, open_card_attempt, sign_order, start_card
from .dividing import divide
from .frame import NotAnAmount, Received
from .notices import act_on, end_attempts, look_at_notice, take_notice
from .receiving import NotOfNobody, NotThatMuch, match, receive, receive_from_nobody, receive_from_supplier, send_back
from .refunding import (
    NotACard,
    card_left,
    end_card_refund,
    lock_refundable,
    refund_by_transfer,
    refund_card,
    send_card_refund,
    write_refund_receipt,
)
from .remitting import NoBankAccount, NothingToRemit, house_account, make_deposit_slip, remit_cards
from .reviving import bring_back_paid, late_payer, priced_on
from .undoing import CannotUndo, bounce_cheque, charge_back, correct_receipt

__all__ = [
    "CannotUndo",
    "NoBankAccount",
    "NotACard",
    "NotAnAmount",
    "NotOfNobody",
    "NotThatMuch",
    "NothingToPay",
    "NothingToRemit",
    "Received",
    "act_on",
    "announce",
    "announce_order",
    "bounce_cheque",
    "bring_back_paid",
    "card_left",
    "charge_back",
    "correct_receipt",
    "divide",
    "end_attempts",
    "end_card_refund",
    "house_account",
    "late_payer",
    "lock_refundable",
    "look_at_notice",
    "make_deposit_slip",
    "match",
    "open_card_attempt",
    "priced_on",
    "receive",
    "receive_from_nobody",
    "receive_from_supplier",
    "refund_by_transfer",
    "refund_card",
    "remit_cards",
    "send_back",
    "send_card_refund",
    "sign_order",
    "start_card",
    "take_notice",
    "write_refund_receipt",
]
