"""The audit, as a job."""

from __future__ import annotations

from typing import Any

from pleniere.messaging.jobs import progress, task
from pleniere.messaging.models import Job

from .audit import audit


@task
def run_audit(job: Job) -> dict[str, Any]:
    """Every check of every floor; the result lists each with its differences."""
    found: list[dict[str, Any]] = []
    for done, whole, name, differences in audit():
        found.append({"check": name, "differences": differences[:200], "count": len(differences)})
        progress(job, done * 100 // whole, name)
    return {"checks": found, "differences": sum(each["count"] for each in found)}
