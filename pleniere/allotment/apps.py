from django.apps import AppConfig


class AllotmentConfig(AppConfig):
    name = "pleniere.allotment"
    label = "allotment"
