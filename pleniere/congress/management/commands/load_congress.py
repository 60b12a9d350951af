"""`manage.py load_congress FILE`: make, or change, the congress that a YAML file says. All or nothing."""

from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.common.commands import BureauCommand
from pleniere.congress.actions import Refused
from pleniere.congress.file import BadFile, load


class Command(BureauCommand):
    help = "Make or change a congress from a YAML file; suppliers, contracts, services and rates that stand are never altered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = yaml.safe_load(options["file"].read_text("utf-8"))
            congress = load(data, by=SYSTEM, at=timezone.now())
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        except ValidationError as error:
            raise CommandError("; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())) from error
        except (BadFile, Refused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{congress.code}: {congress}, version {congress.version}.")
