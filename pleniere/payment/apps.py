from django.apps import AppConfig


class PaymentConfig(AppConfig):
    name = "pleniere.payment"
    label = "payment"
