"""PostgreSQL behind a pooler (PgBouncer): each transaction may meet another of its servers, so nothing can be prepared on one."""

from typing import Any


def prepare_nothing_through_a_pooler(connection: Any, **_: Any) -> None:
    """A pooler answers a new connection with a number of its own: who we talk to then is not whom we were told of."""
    if connection.vendor != "postgresql" or connection.settings_dict["OPTIONS"].get("prepare_threshold") is None:
        return
    reached = connection.connection
    if reached.execute("SELECT pg_backend_pid()").fetchone()[0] != reached.info.backend_pid:
        reached.prepare_threshold = None
