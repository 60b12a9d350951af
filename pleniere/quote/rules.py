"""Who makes quotes, and who answers them."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import Role, declare

declare(
    {
        "quote.edit": {Role.AGENT, Role.LEAD, Role.ADMIN},
        "quote.answer": {Link.Purpose.QUOTE, Role.ORGANISER},
        "quote.ask": {Link.Purpose.QUOTE, Role.ORGANISER},
    }
)
