from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from pleniere.config.prepare import compile_messages


class Command(BaseCommand):
    help = "Brings database, translations and static files up to date; says `new` when the database was empty."
    requires_system_checks = []

    def handle(self, **options):
        is_new = "django_migrations" not in connection.introspection.table_names()
        compile_messages()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write("new" if is_new else "kept")
