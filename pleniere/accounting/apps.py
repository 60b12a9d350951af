from django.apps import AppConfig


class AccountingConfig(AppConfig):
    name = "pleniere.accounting"
    label = "accounting"
