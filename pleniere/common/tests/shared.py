"""Real data that some tests read, where it is there: a folder `shared` beside the checkout, or PLENIERE_SHARED."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("PLENIERE_SHARED", ROOT.parent / "shared"))


def shared(path):
    """The file or folder below the shared data; without it the test is skipped, and says so."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"real data not at hand: {found}", allow_module_level=True)
    return found
