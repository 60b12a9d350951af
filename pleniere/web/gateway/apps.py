from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "pleniere.web.gateway"
    label = "gateway"
