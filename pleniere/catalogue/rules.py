"""Who may see and change suppliers."""

from typing import Any

from pleniere.accounts.models import User
from pleniere.accounts.rights import STAFF, Role, declare, role_source

from .models import Contact, Supplier

declare(
    {
        "catalogue.see": STAFF,
        "catalogue.edit": {Role.AGENT, Role.LEAD, Role.ADMIN},
        "catalogue.edit_taxes": {Role.ACCOUNTANT, Role.LEAD, Role.ADMIN},
        "catalogue.import": {Role.AGENT, Role.LEAD, Role.ADMIN},
        "catalogue.propose_iban": STAFF,
        "catalogue.approve_iban": {Role.LEAD, Role.ACCOUNTANT, Role.ADMIN},
        "catalogue.see_iban": {Role.ACCOUNTANT, Role.LEAD, Role.ADMIN},
    }
)


@role_source
def supplier_contact(user: User, subject: Any) -> set[str]:
    """A contact with an account is its supplier's, for what belongs to that supplier."""
    supplier = subject if isinstance(subject, Supplier) else getattr(subject, "supplier", None)
    if supplier is None or not Contact.objects.filter(user=user, supplier=supplier, left_at=None).exists():
        return set()
    return {Role.SUPPLIER}
