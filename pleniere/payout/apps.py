from django.apps import AppConfig


class PayoutConfig(AppConfig):
    name = "pleniere.payout"
    label = "payout"
