from django.apps import AppConfig


class QuoteConfig(AppConfig):
    name = "pleniere.quote"
    label = "quote"
