from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "pleniere.stock"
    label = "stock"
