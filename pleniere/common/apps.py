from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "pleniere.common"
    label = "common"
