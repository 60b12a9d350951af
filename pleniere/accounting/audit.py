"""Recompute what can be recomputed, and say each difference. Every floor registers its own checks (`common/audits.py`)."""

from __future__ import annotations

from collections.abc import Iterator

from pleniere.common.audits import checks


def audit() -> Iterator[tuple[int, int, str, list[str]]]:
    """Run every check: (how many are done, of how many, its name, its differences)."""
    every = checks()
    for done, (name, check) in enumerate(every.items(), start=1):
        try:
            differences = list(check())
        except Exception as error:  # a check that breaks is a difference, and the others still run
            differences = [f"the check itself failed: {error!r}"]
        yield done, len(every), name, differences
