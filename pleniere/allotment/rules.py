"""Who may ask for rooms, answer, retain and give back."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

ASKERS = {Role.AGENT, Role.LEAD, Role.ADMIN}

declare(
    {
        "allotment.see": STAFF,
        "allotment.ask": ASKERS,  # make, edit, send, remind, prolong, close
        "allotment.answer": {Link.Purpose.ANSWER, Role.SUPPLIER},  # the supplier itself, by its link or its account
        "allotment.record": ASKERS,  # what the supplier said by phone, mail or PDF
        "allotment.retain": ASKERS,
        "allotment.release": ASKERS,
    }
)
