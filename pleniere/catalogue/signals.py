"""What the catalogue tells the floors above it; they are connected in `config/wiring.py`."""

from django.dispatch import Signal

contact_left = Signal()  # contact, by, at: within the transaction that ends the contact
