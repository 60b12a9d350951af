"""Who may touch money."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

AGENTS = {Role.AGENT, Role.LEAD, Role.ADMIN}
BUYERS = {Link.Purpose.BOOKING, Link.Purpose.PAY}

declare(
    {
        "payment.see": STAFF,
        "payment.announce": {*AGENTS, Role.ACCOUNTANT, *BUYERS},  # say how it will be paid; go to the card page
        "payment.receive": {*AGENTS, Role.ACCOUNTANT},
        "payment.match": {*AGENTS, Role.ACCOUNTANT},
        "payment.remit": {*AGENTS, Role.ACCOUNTANT},
        "payment.bounce": {*AGENTS, Role.ACCOUNTANT},
        "payment.sign_order": {*AGENTS, Role.ACCOUNTANT},
        "payment.undo": {Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},  # a receipt typed by mistake
        "payment.refund": {Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},
    }
)
