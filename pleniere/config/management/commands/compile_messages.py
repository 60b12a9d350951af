from django.core.management.base import BaseCommand

from pleniere.config.prepare import compile_messages


class Command(BaseCommand):
    help = "Compiles the translations whose catalogue has changed; needs no gettext."
    requires_system_checks = []

    def handle(self, *, verbosity, **options):
        for source in compile_messages():
            if verbosity:
                self.stdout.write(str(source))
