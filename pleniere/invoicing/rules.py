"""Who may make documents, undo them, and change what a supplier leaves us."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

declare(
    {
        "invoicing.see": {*STAFF, Link.Purpose.BOOKING},
        "invoicing.issue": {Role.AGENT, Role.LEAD, Role.ADMIN, Role.ACCOUNTANT},
        "invoicing.credit": {Role.LEAD, Role.ADMIN, Role.ACCOUNTANT},
        "invoicing.commission": {Role.LEAD, Role.ADMIN, Role.ACCOUNTANT},  # invoice it, or override it
    }
)
