from django.apps import AppConfig


class OrganiserConfig(AppConfig):
    name = "pleniere.web.organiser"
    label = "organiser"
