from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "pleniere.demo"
    label = "demo"
