from django.apps import AppConfig


class ClientConfig(AppConfig):
    name = "pleniere.web.client"
    label = "client"
