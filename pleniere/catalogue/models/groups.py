"""Suppliers that the bureau asks together, under a name of its own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .suppliers import Supplier


class SupplierGroup(models.Model):
    """« Hôtels du centre », « Chambres PMR »: kept to be asked again. A retired supplier stays in it and is not offered."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    suppliers = models.ManyToManyField(Supplier, related_name="groups", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
