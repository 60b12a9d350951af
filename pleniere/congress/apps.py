from django.apps import AppConfig


class CongressConfig(AppConfig):
    name = "pleniere.congress"
    label = "congress"
