"""Who may touch a booking."""

from pleniere.accounts.models import Link
from pleniere.accounts.rights import STAFF, Role, declare

AGENTS = {Role.AGENT, Role.LEAD, Role.ADMIN}

declare(
    {
        "booking.see": {*STAFF, Link.Purpose.BOOKING},
        "booking.cart": {*AGENTS, Link.Purpose.BOOKING},  # build a cart, and place it
        "booking.name": {*AGENTS, Link.Purpose.BOOKING},  # give a kept place its person
        "booking.method": {*AGENTS, Link.Purpose.BOOKING, Link.Purpose.PAY},  # pay by another means
        "booking.number": {*AGENTS, Role.ACCOUNTANT, Link.Purpose.PAY},  # what a public body's invoice must bear
        "booking.edit": AGENTS,  # add, change, cancel lines of a placed booking
        "booking.acknowledge": {Link.Purpose.ANSWER, Role.SUPPLIER},  # its own lines alone
        "booking.tell_stay": {*AGENTS, Role.ACCOUNTANT, Link.Purpose.ANSWER, Role.SUPPLIER},  # what became of a stay
        "booking.override": AGENTS,  # sell a stay against its hotel's rule, with a reason
        "booking.confirm": AGENTS,  # make firm without money, with a reason
        "booking.waive": {Role.LEAD, Role.ADMIN},  # keep less than the terms say
        "booking.settle": {*AGENTS, Role.ACCOUNTANT},
        "booking.see_money": STAFF,  # purchase prices, commission, margin
    }
)
