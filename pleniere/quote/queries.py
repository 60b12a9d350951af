"""What pages and papers say of a quote: its sums by who pays, its VAT by rate, what changed since the version before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from pleniere.common.money import ZERO, total, vat_within
from pleniere.congress.models import Congress

from .models import Quote, QuoteLine, QuoteMessage

Who = QuoteLine.Who


@dataclass
class Sums:
    """A document's sums: VAT belongs to the document, per rate, never to a line."""

    gross: Decimal = ZERO
    by_rate: list[tuple[Decimal, Decimal, Decimal]] = field(default_factory=list)  # rate, net, VAT
    margin: Decimal = ZERO  # of the gross: sold with VAT on the margin, in no net and no VAT

    @property
    def net(self) -> Decimal:
        return total(net for _rate, net, _vat in self.by_rate)


@dataclass
class View:
    """A quote as it is read: its lines by heading, the organiser's sums, the delegates'."""

    quote: Quote
    groups: list[tuple[str, list[QuoteLine]]]
    organiser: Sums
    delegates: Sums


def view_of(quote: Quote) -> View:
    lines = list(quote.lines.all())
    groups: dict[str, list[QuoteLine]] = defaultdict(list)
    for line in lines:
        groups[line.group].append(line)
    return View(quote, list(groups.items()), sums(lines, Who.ORGANISER), sums(lines, Who.DELEGATES))


def sums(lines: list[QuoteLine], who: str) -> Sums:
    by_rate: dict[Decimal, list[Decimal]] = defaultdict(list)
    for line in lines:
        for rate, sum_ in line.by_vat if line.who == who else ():
            by_rate[rate].append(sum_)
    found = []
    for rate, totals in sorted(by_rate.items()):
        gross = total(totals)
        vat = vat_within(gross, rate)
        found.append((rate, gross - vat, vat))
    margin = total(line.total for line in lines if line.who == who and line.margin)
    return Sums(margin + total(amount for totals in by_rate.values() for amount in totals), found, margin)


@dataclass(frozen=True)
class Difference:
    """What a version changes of the one before: `before` or `after` none where the line is new or gone."""

    label: str
    before: QuoteLine | None
    after: QuoteLine | None

    @property
    def amount(self) -> Decimal:
        return (self.after.total if self.after else ZERO) - (self.before.total if self.before else ZERO)


def differences(quote: Quote) -> tuple[Quote | None, list[Difference]]:
    """The last version sent before this one, and each line that differs from it."""
    former = Quote.objects.filter(congress=quote.congress_id, version__lt=quote.version).exclude(state=Quote.State.DRAFT)
    before = former.order_by("-version").first()
    if before is None:
        return None, []
    old, new = _by_name(before), _by_name(quote)
    found = [Difference(name[1], old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]
    return before, [each for each in found if _said(each.before) != _said(each.after)]


def _by_name(quote: Quote) -> dict[tuple[str, str, int], QuoteLine]:
    """Lines by heading and label; two of one name are told apart by their order."""
    found: dict[tuple[str, str, int], QuoteLine] = {}
    for line in quote.lines.all():
        number = sum(1 for group, label, _n in found if (group, label) == (line.group, line.label))
        found[line.group, line.label, number] = line
    return found


def _said(line: QuoteLine | None) -> tuple[object, ...] | None:
    return (line.quantity, line.days, line.unit, line.vat_rates, line.margin, line.who) if line else None


def amended(quote: Quote) -> Quote | None:
    """The version that was accepted before this one, where this one amends it: its yes counts for what differs alone."""
    accepted = Quote.objects.filter(congress=quote.congress_id, version__lt=quote.version, answered_at__isnull=False)
    states = [Quote.State.ACCEPTED, Quote.State.SUPERSEDED]
    return accepted.filter(state__in=states).exclude(answered_function="").order_by("-version").first()


def conversation(quote: Quote) -> list[QuoteMessage]:
    """Questions and answers about this quote and its versions before, the oldest first."""
    rows = QuoteMessage.objects.filter(quote__congress=quote.congress_id, quote__version__lte=quote.version)
    return list(rows.select_related("quote").order_by("at", "pk"))


def unanswered(congresses: QuerySet[Congress]) -> QuerySet[QuoteMessage]:
    """Questions after which the bureau has said nothing, the oldest first."""
    later = QuoteMessage.objects.filter(
        quote__congress=OuterRef("quote__congress"), side=QuoteMessage.Side.OFFICE, at__gt=OuterRef("at")
    )
    asked = QuoteMessage.objects.filter(side=QuoteMessage.Side.ORGANISER, quote__congress__in=congresses)
    return asked.filter(~Exists(later)).select_related("quote__congress").order_by("at", "pk")
