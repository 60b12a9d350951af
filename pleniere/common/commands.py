"""What our commands share: a bureau that was never prepared, or not since an update, is said in one line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor


class BureauCommand(BaseCommand):
    """A command that reads or writes a bureau's rows. Raises CommandError before anything else where its tables are not there."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        if not is_prepared():
            raise CommandError("This bureau is not prepared, or not since an update: ./run manage prepare does it.")
        return super().execute(*args, **options)


def is_prepared() -> bool:
    """Has the database every table of this version? One that cannot be reached is for the command itself to say."""
    try:
        executor = MigrationExecutor(connection)
    except OperationalError:
        return True
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
