from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "pleniere.invoicing"
    label = "invoicing"
