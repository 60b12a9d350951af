"""What is retained changes what a congress sells: its version moves, and with it every cache."""

from django.db.models import F

from pleniere.congress.models import Congress


def hold(congress: int) -> None:
    """Lock the congress that will be touched: before its blocks and its stock, by the order of the house."""
    Congress.objects.select_for_update(no_key=True).get(pk=congress)


def touch(congress: Congress) -> None:
    Congress.objects.filter(pk=congress.pk).update(version=F("version") + 1)
