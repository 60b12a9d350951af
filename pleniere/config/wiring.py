"""Where floors that must not know each other are connected: the only place that listens to signals."""

from pleniere.booking.uses import BookingUses
from pleniere.congress import uses

uses.register(BookingUses())
