from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "pleniere.lists"
    label = "lists"
