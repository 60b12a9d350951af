"""Who may see what is owed, prepare a payout, approve it, send it, and say what became of it."""

from pleniere.accounts.rights import STAFF, Role, declare

declare(
    {
        "payout.see": STAFF,
        "payout.prepare": {Role.AGENT, Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},
        "payout.approve": {Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},
        "payout.send": {Role.ACCOUNTANT, Role.ADMIN},  # the file, the cheque, executed or rejected
    }
)
