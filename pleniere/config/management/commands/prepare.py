from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from pleniere.accounts.models import Bureau
from pleniere.config.prepare import compile_messages


class Command(BaseCommand):
    help = "Brings database, translations and static files up to date; says whose it is: `none`, `demo` or `own`."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--tables", action="store_true", help="the database alone, as nothing else has changed")

    def handle(self, *, tables, **options):
        if not tables:
            compile_messages()
            call_command("collectstatic", interactive=False, verbosity=0)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
        bureau = Bureau.objects.first()
        self.stdout.write("none" if bureau is None else "demo" if bureau.is_demo else "own")
