"""Where floors that must not know each other are connected: the only place that listens to signals."""

from django.db.backends.signals import connection_created
from django.db.models.signals import post_delete, post_save

from pleniere.accounting.purchases import post_purchases
from pleniere.allotment.actions.leaving import end_links
from pleniere.booking.uses import BookingUses
from pleniere.catalogue.models import Component, Contract, Photo, Rate, Service, Supplier, TouristTax, Vat
from pleniere.catalogue.signals import contact_left, edited
from pleniere.config.pooler import prepare_nothing_through_a_pooler
from pleniere.congress import uses
from pleniere.congress.actions.catalogue import sold_otherwise
from pleniere.invoicing.signals import billed
from pleniere.quote.uses import QuoteUses

connection_created.connect(prepare_nothing_through_a_pooler, dispatch_uid="config.pooler")
uses.register(BookingUses())
uses.register(QuoteUses())
SOLD = (Component, Contract, Photo, Rate, Service, Supplier, TouristTax, Vat)  # a kept programme is never older than these
for sold in SOLD:
    post_save.connect(sold_otherwise, sender=sold, dispatch_uid=f"congress.sold_otherwise.{sold.__name__}")
    post_delete.connect(sold_otherwise, sender=sold, dispatch_uid=f"congress.sold_otherwise.{sold.__name__}")
edited.connect(sold_otherwise, dispatch_uid="congress.sold_otherwise")
contact_left.connect(end_links, dispatch_uid="allotment.end_links")
billed.connect(post_purchases, dispatch_uid="accounting.purchases")
