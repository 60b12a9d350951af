from typing import Any

from django.core.management.base import CommandError

from pleniere.accounting.audit import audit
from pleniere.common.commands import BureauCommand


class Command(BureauCommand):
    help = "Recompute stock, dues, balances, chains and numbers; print each difference, end with 1 if there is any."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for done, whole, name, differences in audit():
            self.stdout.write(f"{done}/{whole} {name}: {'ok' if not differences else f'{len(differences)} differences'}")
            for difference in differences:
                self.stdout.write(f"    {difference}")
            count += len(differences)
        if count:
            raise CommandError(f"{count} differences.", returncode=1)
        self.stdout.write("No difference.")
