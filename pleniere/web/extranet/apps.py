from django.apps import AppConfig


class ExtranetConfig(AppConfig):
    name = "pleniere.web.extranet"
    label = "extranet"
