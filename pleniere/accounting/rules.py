"""Who may read the books, and close a month of them."""

from pleniere.accounts.rights import Role, declare

declare(
    {
        "accounting.see": {Role.ACCOUNTANT, Role.LEAD, Role.ADMIN},
        "accounting.close": {Role.ACCOUNTANT, Role.ADMIN},
        "accounting.export": {Role.ACCOUNTANT, Role.ADMIN},
        "accounting.audit": {Role.ACCOUNTANT, Role.ADMIN},
    }
)
