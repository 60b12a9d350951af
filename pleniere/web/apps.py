from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "pleniere.web"
    label = "web"
