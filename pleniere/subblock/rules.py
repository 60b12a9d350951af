"""Who makes a sub-block, who asks and accepts for it, who names the hotel of a run-of-house stay."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

AGENTS = {Role.AGENT, Role.LEAD, Role.ADMIN}

declare(
    {
        "subblock.see": {*STAFF},
        "subblock.edit": AGENTS,  # make, allocate, price, release
        "subblock.ask": {*AGENTS, Link.Purpose.SUBBLOCK},  # ask, accept, name guests: its contact, by its link
        "subblock.assign": AGENTS,  # rooms into run of house, and its stays to hotels
    }
)
