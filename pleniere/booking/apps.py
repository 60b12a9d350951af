from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "pleniere.booking"
    label = "booking"
