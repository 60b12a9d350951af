"""`manage.py demo [--reset]`: make the demo bureau, and say how to come in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from pleniere.accounts.models import Bureau
from pleniere.common.commands import BureauCommand
from pleniere.congress.models import Congress
from pleniere.demo.build import build
from pleniere.demo.cast import logins
from pleniere.demo.stage import PASSWORD


class Command(BureauCommand):
    help = "Make the demo bureau in an empty database; --reset makes a demo anew, never a bureau of one's own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="empty this demo first")

    def handle(self, *, reset: bool, **options: Any) -> None:
        bureau = Bureau.objects.first()
        if bureau is not None and not bureau.is_demo:
            raise CommandError("This database holds a bureau of its own: nothing was touched.")
        if bureau is not None and not reset:
            raise CommandError("There is a demo already: --reset makes it anew.")
        if bureau is not None:
            call_command("flush", interactive=False, verbosity=0)
        with translation.override("fr"):
            build(timezone.now())
        for line in self.welcome():
            self.stdout.write(line)

    def welcome(self) -> list[str]:
        """Addresses and logins, as `./run` shows them."""
        site = settings.SITE_URL
        open_ = [f"  {site}/c/{congress.code}/" for congress in Congress.objects.filter(state=Congress.State.OPEN)]
        lines = ["Register as a delegate:", *open_, "", f"Sign in at {site}/account/login/ with the password {PASSWORD} as"]
        width = max(len(email) for email, _who in logins())
        return lines + [f"  {email:<{width}}  {who}" for email, who in logins()]
