"""What floors above listen to (`config/wiring.py`)."""

from django.dispatch import Signal

# Charges were billed (sign +1) or credited (−1), by a document or a confirmation, in the transaction that says so.
# Sent with: turns {charge: turn}, sign, piece, date, about, by, at.
billed = Signal()
