import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pleniere.config import archive, database
from pleniere.config.guard import AlreadyServed, only_server


class Command(BaseCommand):
    help = "Puts an archive of `backup` back. What stood there before is kept beside it."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--yes", action="store_true", help="overwrite the bureau that is there")

    def handle(self, *, file, yes, **options):
        try:
            with (
                only_server(settings.VAR, pid=os.getpid(), url="a restore"),
                tempfile.TemporaryDirectory(dir=settings.VAR, prefix=".restore-") as work,
            ):
                manifest = archive.unpack(file, Path(work))
                database.check(Path(work) / "database")
                if database.holds_data() and not yes:
                    raise CommandError(f"{settings.VAR} holds a bureau already; --yes replaces it")
                kept = self.replace(Path(work))
        except (AlreadyServed, archive.BadArchive) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored the bureau of {manifest['made_at']} into {settings.VAR}.")
        if kept:
            self.stdout.write(f"What was there before is in {kept}.")

    def replace(self, work):
        kept = settings.VAR / f"before-{timezone.localtime():%Y-%m-%d-%H%M%S}"
        marks = [path.name for path in settings.VAR.glob("demo-*")] + [path.name for path in settings.VAR.glob("prepared-*")]
        old = [settings.VAR / name for name in (*marks, "keys", "files")]
        if database.is_sqlite():
            old += settings.VAR.glob("pleniere.sqlite3*")
        elif database.holds_data():
            kept.mkdir(mode=0o700)
            database.dump(kept)
        for path in old:
            if path.exists():
                kept.mkdir(mode=0o700, exist_ok=True)
                shutil.move(path, kept / path.name)
        for mark in (work / "database").glob("demo-*.txt"):
            shutil.move(mark, settings.VAR / mark.name)
        database.load(work / "database")
        for folder in ("files", "keys"):
            if (work / folder).exists():
                shutil.move(work / folder, settings.VAR / folder)
        return kept if kept.exists() else None
