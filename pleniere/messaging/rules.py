"""Who may read the outbox and act on it."""

from pleniere.accounts.rights import STAFF, Role, declare

declare(
    {
        "outbox.see": STAFF,
        "outbox.send": {Role.AGENT, Role.LEAD, Role.ADMIN},
        "outbox.test": {Role.ADMIN},
        "jobs.retry": {Role.ADMIN},
    }
)
