"""Ways to cover a request, by hand or found by the solver."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.common.money import PercentField
from pleniere.congress.models import Congress

from .replies import Cell
from .requests import Request


class ScenarioQuerySet(models.QuerySet["Scenario"]):
    def visible_to(self, actor: Any) -> ScenarioQuerySet:
        return self.filter(congress__in=Congress.objects.staffed_by(actor))


class Scenario(models.Model):
    """A named way to cover a request: how many rooms of which cells. It decides nothing: retaining does."""

    class State(models.TextChoices):
        READY = "READY", _("ready")
        SOLVING = "SOLVING", _("being computed")
        IMPOSSIBLE = "IMPOSSIBLE", _("no solution")

    MOVES = {
        State.READY: {State.SOLVING},
        State.SOLVING: {State.READY, State.IMPOSSIBLE},
        State.IMPOSSIBLE: {State.SOLVING, State.READY},
    }

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="scenarios")
    request = models.ForeignKey(Request, models.CASCADE, related_name="scenarios")
    name = models.CharField(_("name"), max_length=80)
    markup = PercentField(_("added to what we buy, %"), default=0)  # where the contract is ours to sell under
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    wishes = models.JSONField(default=dict)  # what the solver was asked, as `solving.Wishes` reads it
    said = models.JSONField(default=dict)  # what it answered: gap, seconds, what to give up, what stays uncovered
    asked = models.PositiveIntegerField(default=0)  # how many times the solver was asked: the last asking alone may write
    chosen_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        ordering = ["request", "pk"]
        constraints = [models.UniqueConstraint(name="scenario_once", fields=["request", "name"])]

    def __str__(self) -> str:
        return self.name


class ScenarioCell(models.Model):
    """So many rooms of one cell of an answer. The answer it was read in stays known when the hotel answers anew."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="cells")
    cell = models.ForeignKey(Cell, models.CASCADE, related_name="+")
    rooms = models.PositiveIntegerField()

    class Meta:
        ordering = ["scenario", "cell"]
        constraints = [
            models.UniqueConstraint(name="scenario_cell_once", fields=["scenario", "cell"]),
            models.CheckConstraint(name="scenario_cell_rooms", condition=Q(rooms__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.scenario}: {self.rooms} × {self.cell}"
