"""What is retained changes what a congress sells: its version moves, and with it every cache."""

from django.db.models import F

from pleniere.congress.models import Congress


def touch(congress: Congress) -> None:
    Congress.objects.filter(pk=congress.pk).update(version=F("version") + 1)
