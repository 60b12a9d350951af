from django.apps import AppConfig


class DrawConfig(AppConfig):
    name = "pleniere.draw"
    label = "draw"
