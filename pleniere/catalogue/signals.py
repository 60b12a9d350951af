"""What the catalogue tells the floors above it; they are connected in `config/wiring.py`."""

from django.dispatch import Signal

selling_changed = (
    Signal()
)  # contract, none for a rate of VAT or of tourist tax, or a package: within the transaction that changes it
contact_left = Signal()  # contact, by, at: within the transaction that ends the contact
