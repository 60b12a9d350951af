from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "pleniere.catalogue"
    label = "catalogue"
