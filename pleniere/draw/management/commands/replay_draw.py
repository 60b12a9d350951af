"""`manage.py replay_draw FILE`: the same as the script that anybody may run without us (`draw/replay.py`)."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pleniere.draw.replay import check


class Command(BaseCommand):
    help = "Draw again from a published file and compare: silent agreement is told, each difference too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with open(options["file"], encoding="utf-8") as file:
                published = json.load(file)
            wrong = list(check(published))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{options['file']}: no published draw ({error!r})") from error
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"{published['draw']}: replayed, {len(published['result'])} entries. All agrees.")
