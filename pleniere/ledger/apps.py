from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "pleniere.ledger"
    label = "ledger"
