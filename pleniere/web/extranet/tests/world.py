"""What the hotel's desk is tested with: a request sent some months before its congress, and the words of an answer."""

from datetime import datetime, timedelta

from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.actions import invite, make_request, send_request
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.tests.world import NEEDS
from pleniere.common.nights import days
from pleniere.congress.models import Congress

GRID = {"none:SINGLE": "on", "same:DOUBLE": "on", "n:DOUBLE": "30", "p:DOUBLE": "105,75 €", "none:ACCESSIBLE": "on"}


def ask(w, *suppliers, needs=None, types=(), nights=3):
    """A request of the congress of `w`, some months before it, sent to these."""
    starts = timezone.localdate() + timedelta(days=120)
    Congress.objects.filter(pk=w.congress.pk).update(starts=starts, ends=starts + timedelta(days=3))
    w.congress.refresh_from_db()
    arrival, departure = starts - timedelta(days=1), starts + timedelta(days=nights - 1)
    w.nights = list(days(arrival, departure))
    now = timezone.now()
    needs = needs or {code: ("QUOTE", dict.fromkeys(w.nights, 10)) for code in types}
    needs = needs or {code: (kind, dict(zip(w.nights, counts.values(), strict=False))) for code, (kind, counts) in NEEDS.items()}
    deadline = datetime.combine(starts - timedelta(days=60), datetime.min.time(), w.congress.zone)
    facts = {"arrival": arrival, "departure": departure, "deadline": deadline, "cutoff": starts - timedelta(days=30)}
    w.request = make_request(w.congress, **facts, needs=needs, by=SYSTEM, at=now)
    invite(w.request, suppliers, by=SYSTEM)
    send_request(w.request, by=SYSTEM, at=now)
    w.invitation = w.request.invitations.get(supplier=suppliers[0])
    w.page = f"/hotel/answer/{links.token(link_for(w.invitation))}/"
    return w
