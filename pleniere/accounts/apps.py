from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "pleniere.accounts"
    label = "accounts"
