"""Where floors that must not know each other are connected: the only place that listens to signals."""

from pleniere.accounting.purchases import post_purchases
from pleniere.allotment.actions.leaving import end_links
from pleniere.booking.uses import BookingUses
from pleniere.catalogue.signals import contact_left, selling_changed
from pleniere.congress import uses
from pleniere.congress.actions.frame import read_anew
from pleniere.invoicing.signals import billed
from pleniere.quote.uses import QuoteUses

uses.register(BookingUses())
uses.register(QuoteUses())
contact_left.connect(end_links, dispatch_uid="allotment.end_links")
selling_changed.connect(read_anew, dispatch_uid="congress.read_anew")
billed.connect(post_purchases, dispatch_uid="accounting.purchases")
