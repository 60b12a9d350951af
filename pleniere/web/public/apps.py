from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "pleniere.web.public"
    label = "public"
