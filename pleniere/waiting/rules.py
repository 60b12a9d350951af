"""Who waits, who answers, who runs the waiting list."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

AGENTS = {Role.AGENT, Role.LEAD, Role.ADMIN}

declare(
    {
        "waiting.see": {*STAFF},
        "waiting.wish": {*AGENTS, Link.Purpose.BOOKING},
        "waiting.answer": {*AGENTS, Link.Purpose.BOOKING},
        "waiting.rule": AGENTS,  # the announced rules, rooms kept for the office
    }
)
