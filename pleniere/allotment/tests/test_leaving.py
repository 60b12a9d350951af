"""A mail queued is not yet a mail that failed to leave."""

from datetime import UTC, datetime, timedelta

from pleniere.allotment.models import Invitation
from pleniere.allotment.queries import Row
from pleniere.messaging.models import Message

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_mail_just_queued_is_leaving_until_it_fails_or_stays():
    def leaves(minutes, **facts):
        mail = Message(state="QUEUED", queued_at=NOW - timedelta(minutes=minutes), **facts)
        return Row(Invitation(), None, 0, None, mail=mail).is_leaving(NOW)

    assert leaves(0) and leaves(4)
    assert not leaves(6) and not leaves(0, error="421 later")
