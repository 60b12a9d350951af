"""Who may run the bureau itself."""

from .rights import Role, declare

declare(
    {
        "bureau.edit": {Role.ADMIN},
        "bureau.see": {Role.ADMIN, Role.ACCOUNTANT, Role.LEAD, Role.AGENT},
        "users.edit": {Role.ADMIN},
        "clients.see": {Role.ADMIN, Role.ACCOUNTANT, Role.LEAD, Role.AGENT},
        "clients.edit": {Role.ADMIN, Role.LEAD, Role.AGENT, Role.ACCOUNTANT},  # who invoices mends an addressee
    }
)
