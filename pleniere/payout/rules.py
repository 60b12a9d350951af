"""Who may see what is owed, prepare a payout, approve it, send it, and say what became of it."""

from pleniere.accounts.rights import STAFF, Role, declare
from pleniere.payment.queries import back_source, refund_source

from .owed import refunds_under_way, sent_back_under_way

declare(
    {
        "payout.see": STAFF,
        "payout.prepare": {Role.AGENT, Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},
        "payout.buy": {Role.AGENT, Role.LEAD, Role.ADMIN},  # what no delegate asked for: covers, a coach, a guide
        "payout.enter": {Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},  # the supplier's invoice of it
        "payout.approve": {Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},
        "payout.send": {Role.ACCOUNTANT, Role.ADMIN},  # the file, the cheque, executed or rejected
    }
)

refund_source(refunds_under_way)
back_source(sent_back_under_way)
