from django.apps import AppConfig


class WaitingConfig(AppConfig):
    name = "pleniere.waiting"
    label = "waiting"
