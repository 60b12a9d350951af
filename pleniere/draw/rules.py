"""Who announces a draw, who enters it."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

AGENTS = {Role.AGENT, Role.LEAD, Role.ADMIN}

declare(
    {
        "draw.see": {*STAFF},
        "draw.enter": {*AGENTS, Link.Purpose.BOOKING},
        "draw.set": AGENTS,  # prepare, announce, draw, cancel
    }
)
