"""Allotment: rooms asked of hotels, answered, retained, given back."""

from .blocks import Block, BlockDue, BlockQuerySet, BlockStep, Release, RequestStep, Step
from .editions import Edition, EditionNight
from .proposals import Proposal, ProposalQuerySet
from .replies import Cell, Paper, Reply
from .requests import Invitation, InvitationQuerySet, Need, Request, RequestQuerySet
from .scenarios import Scenario, ScenarioCell, ScenarioQuerySet

__all__ = [
    "Block",
    "BlockDue",
    "BlockQuerySet",
    "BlockStep",
    "Cell",
    "Edition",
    "EditionNight",
    "Invitation",
    "InvitationQuerySet",
    "Need",
    "Paper",
    "Proposal",
    "ProposalQuerySet",
    "Release",
    "Reply",
    "Request",
    "RequestQuerySet",
    "RequestStep",
    "Scenario",
    "ScenarioCell",
    "ScenarioQuerySet",
    "Step",
]
