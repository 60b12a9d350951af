"""Ready-made scales of deposit and cancellation, and what a list of clauses may not say. Terms are plain lists: all is editable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pleniere.catalogue.models import Clause, Terms
from pleniere.common.money import ZERO
from pleniere.common.shown import day as say_day
from pleniere.common.shown import money, percent

Verb, Start, Base = Clause.Verb, Clause.Start, Clause.Base
SCALE = (Verb.KEEP, Verb.SHRINK)  # the last begun holds
NO_SHARE = (Verb.LAPSE, Verb.CONFIRM)
OF_ROOMS = (Base.GRANTED, Base.LEFT, Base.UNSOLD)
PER = ("", "BOOKING", "ROOM", "NIGHT", "PERSON")
OF = {
    Base.NIGHT: gettext_lazy("of the first night"),
    Base.DEPOSIT: gettext_lazy("of the deposit"),
    Base.GRANTED: gettext_lazy("of the rooms granted"),
    Base.LEFT: gettext_lazy("of the rooms left"),
    Base.UNSOLD: gettext_lazy("of the unsold rooms"),
}
EACH = {
    "BOOKING": gettext_lazy("per booking"),
    "ROOM": gettext_lazy("per room"),
    "NIGHT": gettext_lazy("per night"),
    "PERSON": gettext_lazy("per person"),
}


@dataclass(frozen=True)
class ClauseFacts:
    """One clause: from `days` (negative: before) of `start`, or from the date `on`; percent xor amount of `base`."""

    verb: str
    start: str = Start.ORDER
    days: int = 0
    percent: Decimal | None = None
    amount: Decimal | None = None
    base: str = Base.TOTAL
    on: date | None = None
    per: str = ""
    hours: int = 0
    from_total: Decimal = ZERO

    def __str__(self) -> str:
        """The clause in words: what, how much, from when."""
        return f"{Verb(self.verb).label} {self.share()} {self.begins()}".replace("  ", " ").strip()

    def share(self) -> str:
        if self.percent is not None:
            return f"{percent(self.percent)} {OF.get(Base(self.base), '')}".strip()
        return f"{money(self.amount)} {EACH.get(self.per, '')}".strip() if self.amount is not None else ""

    def begins(self) -> str:
        """From when; hours are counted from midnight of that day, on or back."""
        words = self._day()
        if self.hours:
            hours = ngettext("%(n)d hour", "%(n)d hours", abs(self.hours)) % {"n": abs(self.hours)}
            words = (_("%(day)s, plus %(hours)s") if self.hours > 0 else _("%(day)s, less %(hours)s")) % {
                "day": words,
                "hours": hours,
            }
        return f"{words} {_('(orders from %(sum)s on)') % {'sum': money(self.from_total)}}" if self.from_total else words

    def _day(self) -> str:
        if self.on:
            return _("from %(day)s on") % {"day": say_day(self.on)}
        if self.start == Start.ORDER and self.days == 0:
            return _("from the order on")
        if self.start == Start.ORDER:
            return ngettext("from %(n)d day after the order on", "from %(n)d days after the order on", self.days) % {
                "n": self.days
            }
        what = {Start.START: _("the service"), Start.END: _("its end")}[Start(self.start)]
        if self.days < 0:
            text = ngettext("from %(n)d day before %(what)s on", "from %(n)d days before %(what)s on", -self.days)
            return text % {"n": -self.days, "what": what}
        if self.days > 0:
            text = ngettext("from %(n)d day after %(what)s on", "from %(n)d days after %(what)s on", self.days)
            return text % {"n": self.days, "what": what}
        return _("from %(what)s on") % {"what": what}


def keep(percent_: int, before: int | None = None) -> ClauseFacts:
    """Kept on cancelling: a share, from so many days before the service; from the order on when not said."""
    days = 0 if before is None else -before
    start = Start.ORDER if before is None else Start.START
    return ClauseFacts(Verb.KEEP, start, days, Decimal(percent_))


def due(percent_: int, *, after: int | None = None, before: int | None = None) -> ClauseFacts:
    start, days = (Start.ORDER, after or 0) if before is None else (Start.START, -before)
    return ClauseFacts(Verb.DUE, start, days, Decimal(percent_))


PRESETS = {
    "flexible": (
        gettext_lazy("Flexible: all due at the order, free until 15 days before"),
        (due(100), keep(0), keep(50, 15), keep(100, 3)),
    ),
    "balanced": (
        gettext_lazy(
            "Balanced: 30 % at the order, the rest 30 days before; 10 % kept, then 30, 50 and 100 % from 45 days before"
        ),
        (due(30), due(100, before=30), keep(10), keep(30, 45), keep(50, 30), keep(100, 8)),
    ),
    "hotel": (
        gettext_lazy("Hotel: 30 % at the order; 50, 70, 80, then 100 % kept from 90 days before"),
        (due(30), due(100, before=30), keep(0), keep(50, 90), keep(70, 45), keep(80, 30), keep(100, 15)),
    ),
    "night": (
        gettext_lazy("First night: all due at the order, one night kept within 7 days"),
        (due(100), keep(0), ClauseFacts(Verb.KEEP, Start.START, -7, Decimal(100), base=Base.NIGHT)),
    ),
    "strict": (
        gettext_lazy("Firm: all due at the order, nothing given back"),
        (due(100), keep(100)),
    ),
}


def clauses_of(terms: Terms | None) -> list[ClauseFacts]:
    """The clauses of these terms, as they are edited."""
    if terms is None:
        return []
    names = list(ClauseFacts.__dataclass_fields__)
    return [ClauseFacts(**values) for values in terms.clauses.order_by("pk").values(*names)]


def wrong(clauses: Sequence[ClauseFacts]) -> list[str]:
    """What these clauses may not say, in sentences; nothing when they make sense."""
    reasons = [reason for clause in clauses for reason in _wrong_alone(clause)]
    for total in {clause.from_total for clause in clauses}:
        dues = [clause for clause in clauses if clause.verb == Verb.DUE and clause.from_total == total]
        parts = [clause.percent for clause in dues if clause.percent is not None]
        if len(parts) > 1 and sum(parts[:-1], ZERO) > 100:
            reasons.append(_("What is due before the rest is more than the whole."))
    begun: dict[tuple[object, ...], int] = defaultdict(int)
    for clause in clauses:
        if clause.verb in (*SCALE, Verb.RENAME, Verb.CONFIRM):
            begun[clause.verb, clause.start, clause.on, clause.days, clause.hours, clause.from_total] += 1
    for (verb, *_rest), count in begun.items():
        if count > 1 and verb in Verb.values:
            reasons.append(_("Two clauses “%(verb)s” begin on the same day.") % {"verb": Verb(str(verb)).label})
    if sum(clause.verb == Verb.LAPSE for clause in clauses) > 1:
        reasons.append(_("Something is lost once."))
    return list(dict.fromkeys(reasons))


def _wrong_alone(clause: ClauseFacts) -> list[str]:
    for word, known in ((clause.verb, Verb), (clause.start, Start), (clause.base, Base)):
        if word not in known.values:
            return [_("“%(word)s” is no word of terms: one of %(known)s.") % {"word": word, "known": ", ".join(known.values)}]
    label = Verb(clause.verb).label
    reasons = []
    if clause.percent is not None and clause.amount is not None:
        reasons.append(_("“%(verb)s”: a share or an amount, not both.") % {"verb": label})
    if clause.percent is not None and not 0 <= clause.percent <= 100:
        reasons.append(_("“%(verb)s”: a share lies between 0 and 100 %%.") % {"verb": label})
    if clause.amount is not None and not 0 <= clause.amount <= 1_000_000:
        reasons.append(_("“%(verb)s”: this amount makes no sense.") % {"verb": label})
    if clause.verb not in NO_SHARE and clause.percent is None and clause.amount is None and clause.verb != Verb.RENAME:
        reasons.append(_("“%(verb)s”: how much?") % {"verb": label})
    if (clause.start == Start.DATE) != (clause.on is not None):
        reasons.append(_("“%(verb)s”: which date?") % {"verb": label})
    if clause.verb in (Verb.SHRINK, Verb.RELEASE) and (clause.percent is None or clause.base not in OF_ROOMS):
        reasons.append(_("“%(verb)s”: a share of the rooms granted, left or unsold.") % {"verb": label})
    elif clause.verb not in (Verb.SHRINK, Verb.RELEASE) and clause.base in OF_ROOMS:
        reasons.append(_("“%(verb)s”: of a price, not of rooms.") % {"verb": label})
    if clause.per not in PER or (clause.per and clause.amount is None):
        reasons.append(_("“%(verb)s”: an amount is per booking, room, night or person.") % {"verb": label})
    if clause.start == Start.ORDER and clause.days < 0:
        reasons.append(_("“%(verb)s”: nothing begins before the order.") % {"verb": label})
    if abs(clause.days) > 1000 or abs(clause.hours) > 1000:
        reasons.append(_("“%(verb)s”: these days are too far away to be meant.") % {"verb": label})
    return reasons
