from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "pleniere.registration"
    label = "registration"
