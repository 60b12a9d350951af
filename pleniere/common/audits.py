"""What can be recomputed and compared: each floor registers its checks in its `audits.py`; `manage.py audit` runs them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Check = Callable[[], Iterable[str]]
_CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under a readable name ("payment: money in suspense"). It yields one line per difference, nothing when all is true."""

    def register(function: Check) -> Check:
        _CHECKS[name] = function
        return function

    return register


def checks() -> dict[str, Check]:
    """Every check, by name, in the order of names."""
    return dict(sorted(_CHECKS.items()))
