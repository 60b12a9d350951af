from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "pleniere.messaging"
    label = "messaging"
