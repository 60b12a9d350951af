"""What the catalogue tells the floors above it; they are connected in `config/wiring.py`."""

from django.dispatch import Signal

edited = Signal()  # suppliers (their keys): rows written in bulk; what is saved one by one tells it by itself
contact_left = Signal()  # contact, by, at: within the transaction that ends the contact
