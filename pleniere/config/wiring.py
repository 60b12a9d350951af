"""Where floors that must not know each other are connected: the only place that listens to signals."""

from pleniere.allotment.actions.leaving import end_links
from pleniere.booking.uses import BookingUses
from pleniere.catalogue.signals import contact_left
from pleniere.congress import uses

uses.register(BookingUses())
contact_left.connect(end_links, dispatch_uid="allotment.end_links")
