"""What the worker does to bookings, on its own rhythm. Each is harmless when late or run twice."""

from django.utils import timezone

from pleniere.messaging.jobs import periodic

from . import actions


@periodic("booking.carts", every="5 minutes")
def end_carts() -> None:
    """Give back what carts and card pages held whose time is over."""
    now = timezone.now()
    actions.end_carts(at=now)
    actions.end_card_holds(at=now)


@periodic("booking.options", every="5 minutes")
def end_options() -> None:
    """Put options that end on the agents' list, and end those that stood on it since an earlier working day.

    In this order an option never ends on the day it is first listed, however long the server was off.
    """
    now = timezone.now()
    actions.list_expiring(at=now)
    actions.lapse_options(at=now)
