"""Who may read a list, make one, and send it."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

AGENTS = {Role.AGENT, Role.LEAD, Role.ADMIN}

declare(
    {
        "lists.see": {*STAFF, Role.ORGANISER},
        "lists.edit": AGENTS,
        "lists.send": AGENTS,
        "lists.receive": {Link.Purpose.LIST},  # its recipient, by the link that came with it
    }
)
