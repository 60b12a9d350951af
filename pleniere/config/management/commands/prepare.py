from django.core.management import call_command
from django.core.management.base import BaseCommand

from pleniere.accounts.models import Bureau
from pleniere.config.prepare import compile_messages


class Command(BaseCommand):
    help = "Brings database, translations and static files up to date; says whose it is: `none`, `demo` or `own`."
    requires_system_checks = []

    def handle(self, **options):
        compile_messages()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        bureau = Bureau.objects.first()
        self.stdout.write("none" if bureau is None else "demo" if bureau.is_demo else "own")
