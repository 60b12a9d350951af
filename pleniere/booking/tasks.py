"""What the worker does to bookings, on its own rhythm."""
