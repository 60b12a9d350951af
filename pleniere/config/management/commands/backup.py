import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pleniere.config import archive, database


class Command(BaseCommand):
    help = "Writes the bureau's database, files and keys to one archive; the server may go on running."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help="by default backups/<now>.tar.gz in the bureau's folder")

    def handle(self, *, file, **options):
        if not database.holds_data():
            raise CommandError(f"nothing to back up in {settings.VAR}")
        now = timezone.localtime()
        target = Path(file) if file else settings.VAR / "backups" / f"{now:%Y-%m-%d-%H%M%S}.tar.gz"
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as name:
            work = Path(name)
            (work / "database").mkdir()
            (work / "keys").mkdir(mode=0o700)
            database.dump(work / "database")  # before the files: a row never names a file that came later
            (work / "keys" / "secret_key").write_text(settings.SECRET_KEY)
            (work / "keys" / "seal_keys").write_text(",".join(settings.SEAL_KEYS))
            for mark in settings.VAR.glob("demo-*.txt"):
                (work / "database" / mark.name).write_bytes(mark.read_bytes())
            folders = {"database": work / "database", "files": Path(settings.MEDIA_ROOT), "keys": work / "keys"}
            facts = {"made_at": now.isoformat(), "bureau": "demo" if settings.DEMO else "bureau"}
            count = archive.write(target, folders=folders, facts=facts)
        self.stdout.write(f"{target}: {count} files, {target.stat().st_size / 1e6:.1f} MB")
