"""Who may see, set up and open a congress; and where roles by congress come from."""

from typing import Any

from pleniere.accounts.models import User
from pleniere.accounts.rights import ANYWHERE, STAFF, Role, declare, role_source

from .models import Congress, Member

declare(
    {
        "congress.see": STAFF,
        "congress.make": {Role.AGENT, Role.LEAD, Role.ADMIN},
        "congress.edit": {Role.AGENT, Role.LEAD, Role.ADMIN},
        "congress.open": {Role.AGENT, Role.LEAD, Role.ADMIN},
        "congress.override": {Role.LEAD, Role.ADMIN},
        "congress.members": {Role.LEAD, Role.ADMIN},
        "congress.follow": {*STAFF, Role.ORGANISER},
        "enquiry.edit": {Role.AGENT, Role.LEAD, Role.ADMIN},
    }
)


@role_source
def member_roles(user: User, subject: Any) -> set[str]:
    """The user's roles in the congress that `subject` is, or carries. All memberships are read once per user object."""
    if not hasattr(user, "_member_roles"):
        user._member_roles = list(Member.objects.filter(user=user).values_list("congress_id", "role"))  # type: ignore[attr-defined]
    rows: list[tuple[int, str]] = user._member_roles  # type: ignore[attr-defined]
    if subject is ANYWHERE:
        return {role for _, role in rows}
    congress_id = subject.pk if isinstance(subject, Congress) else getattr(subject, "congress_id", None)
    return {role for owner, role in rows if owner == congress_id}
