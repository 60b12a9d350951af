"""Foreign keys go down the floors too: import-linter cannot see a key that is written as a string."""

import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[3]


def floors():
    """{floor: depth}, the lowest deepest, as pyproject's contract has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(): depth for depth, layer in enumerate(layers) for name in layer.split("|")}


def floor_of(model):
    name = model.__module__.split(".")
    return name[1] if name[0] == "pleniere" else None


def test_foreign_keys_only_go_down_the_floors():
    depth, upward = floors(), []
    for model in apps.get_models():
        for field in model._meta.get_fields():
            target = field.related_model if field.is_relation and not field.auto_created else None
            here, there = floor_of(model), floor_of(target) if target else None
            if here and there and here != there and depth[here] >= depth[there]:
                upward.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert upward == []


def test_every_app_with_models_stands_on_a_floor():
    unknown = {floor_of(model) for model in apps.get_models()} - set(floors()) - {None}
    assert unknown == set()
    assert any(floor_of(model) == "accounts" for model in apps.get_models())
