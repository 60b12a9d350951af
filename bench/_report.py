"""Figures as lines: one JSON object each, the headline last."""

import json
import os


def database():
    return "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"


def say(bench, figure, unit, reference, ratio):
    """`figure` is ours in `unit`; `reference` the same of what it is measured against, in this run; None: a bare count."""
    rounded = [None if each is None else round(each, 3) for each in (figure, reference, ratio)]
    line = {"bench": bench, "db": database(), "figure": rounded[0], "unit": unit, "reference": rounded[1], "ratio": rounded[2]}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def against(bench, figure, unit, reference):
    say(bench, figure, unit, reference, figure / reference if reference else None)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
