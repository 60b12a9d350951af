from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "pleniere.web.office"
    label = "office"
