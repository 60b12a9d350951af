"""Lists that leave the house: who sleeps, eats, goes; to whom, on what rhythm, and what changed since."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Link
from pleniere.catalogue.models import Supplier
from pleniere.common.words import fold
from pleniere.congress.models import Congress, Offer


class ListQuerySet(models.QuerySet["ListDefinition"]):
    def visible_to(self, actor: Any) -> ListQuerySet:
        """Staff of the congress; the organiser those made for it."""
        mine = Q(congress__in=Congress.objects.visible_to(actor), for_organiser=True)
        return self.filter(Q(congress__in=Congress.objects.staffed_by(actor)) | mine)


class ListDefinition(models.Model):
    """What a list shows of one congress. Any number, for any recipient."""

    class Kind(models.TextChoices):
        ROOMING = "ROOMING", _("rooming list")
        SERVICE = "SERVICE", _("list of a service")
        ORGANISER = "ORGANISER", _("organiser’s list")
        COMPANIONS = "COMPANIONS", _("companions’ activities")

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="lists")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=160)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="lists")
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, blank=True, related_name="lists")
    night_from = models.DateField(_("stays from"), null=True, blank=True)
    night_until = models.DateField(_("until"), null=True, blank=True)
    shows_phone = models.BooleanField(_("shows phone numbers"), default=False)
    for_organiser = models.BooleanField(_("the organiser reads it online"), default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    search = models.TextField(editable=False, default="")

    objects = ListQuerySet.as_manager()

    class Meta:
        ordering = ["congress", "kind", "name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = fold(self.name, self.supplier and self.supplier.name)
        super().save(*args, **kwargs)


class Subscription(models.Model):
    """To whom a list goes by itself, on which weekday."""

    definition = models.ForeignKey(ListDefinition, models.CASCADE, related_name="subscriptions")
    to = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, default="fr")
    weekday = models.PositiveSmallIntegerField(_("weekday"), null=True, blank=True)  # 0 Monday; none: by hand only
    is_on = models.BooleanField(default=True)
    since = models.DateTimeField(null=True, blank=True)  # no sending due before it was asked for

    class Meta:
        constraints = [models.UniqueConstraint(name="subscription_once", fields=["definition", "to"])]

    def __str__(self) -> str:
        return f"{self.definition} → {self.to}"


class RunQuerySet(models.QuerySet["ListRun"]):
    def visible_to(self, actor: Any) -> RunQuerySet:
        """A link: its own run; people: the runs of lists they see."""
        if isinstance(actor, Link):
            pk = actor.subject.partition("lists.ListRun:")[2]
            return self.filter(pk=pk) if pk else self.none()
        return self.filter(definition__in=ListDefinition.objects.visible_to(actor))


class ListRun(models.Model):
    """A list as it was sent once: its rows, and what changed since the run before."""

    definition = models.ForeignKey(ListDefinition, models.PROTECT, related_name="runs")
    slot = models.CharField(max_length=40)  # "2027-W14", or a key of a sending by hand
    at = models.DateTimeField()
    by = models.CharField(max_length=160)
    rows = models.JSONField(default=list)
    changes = models.JSONField(default=list)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["definition", "pk"]
        constraints = [models.UniqueConstraint(name="list_run_once", fields=["definition", "slot"])]

    def __str__(self) -> str:
        return f"{self.definition} {self.slot}"
