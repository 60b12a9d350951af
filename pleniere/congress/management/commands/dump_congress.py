"""`manage.py dump_congress CODE`: a congress as YAML, to keep, to compare, to load elsewhere."""

from typing import Any

import yaml
from django.core.management.base import CommandError, CommandParser

from pleniere.common.commands import BureauCommand
from pleniere.congress.file import dump
from pleniere.congress.models import Congress


class Command(BureauCommand):
    help = "Write a congress as YAML."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")

    def handle(self, *args: Any, **options: Any) -> None:
        congress = Congress.objects.filter(code=options["code"]).first()
        if congress is None:
            raise CommandError(f"No congress {options['code']!r}.")
        self.stdout.write(yaml.safe_dump(dump(congress), allow_unicode=True, sort_keys=False, width=130))
