"""Who belongs to a congress, who may say so, and how somebody new comes in."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from pleniere.accounts.actions import AlreadyKnown, found_bureau, make_user, set_password
from pleniere.accounts.models import BureauRole, Role, Trace, User
from pleniere.accounts.rights import NotAllowed, can
from pleniere.congress.actions.people import invite, read_invitation, send_invitation, set_member_roles
from pleniere.congress.models import Congress
from pleniere.messaging.models import Message

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def ada():
    return found_bureau({"name": "Ici"}, email="ada@example.org", name="Ada", password="a-long-password", at=NOW)[1]


@pytest.fixture
def congress():
    return make_congress("one")


def make_congress(code):
    return Congress.objects.create(code=code, title={"fr": code}, starts=date(2027, 4, 7), ends=date(2027, 4, 10))


def test_one_person_is_accountant_here_and_agent_there(ada, congress):
    other = make_congress("two")
    sam = make_user("sam@example.org", name="Sam")
    set_member_roles(congress, sam, ["ACCOUNTANT"], by=ada, at=NOW)
    set_member_roles(other, sam, ["AGENT"], by=ada, at=NOW)
    sam = User.objects.get(pk=sam.pk)
    assert can(sam, "outbox.send", other) and not can(sam, "outbox.send", congress) and can(sam, "outbox.see", congress)
    assert Trace.objects.filter(verb="congress.members").count() == 2


def test_a_lead_gives_roles_in_its_congress_but_makes_no_administrator(ada, congress):
    lea, sam = make_user("lea@example.org", name="Léa"), make_user("sam@example.org", name="Sam")
    set_member_roles(congress, lea, [Role.LEAD], by=ada, at=NOW)
    lea = User.objects.get(pk=lea.pk)
    set_member_roles(congress, sam, ["AGENT"], by=lea, at=NOW)
    with pytest.raises(NotAllowed):
        set_member_roles(congress, lea, ["LEAD", "ADMIN"], by=lea, at=NOW)
    with pytest.raises(NotAllowed):
        set_member_roles(make_congress("two"), sam, ["AGENT"], by=lea, at=NOW)
    with pytest.raises(NotAllowed):
        invite("eve@example.org", name="Eve", bureau_roles=["AGENT"], by=lea, at=NOW)
    assert not User.objects.filter(email="eve@example.org").exists()


def test_the_invited_gets_one_mail_chooses_a_password_once_and_then_it_is_used_up(ada, congress):
    olga = invite("olga@example.org", name="Olga", language="en", memberships={congress: ["ORGANISER"]}, by=ada, at=NOW)
    message = Message.objects.get()
    assert message.is_secret and message.language == "en" and message.subject == "Your account at Ici"
    token = message.text.split("/invitation/")[1].split("/")[0]
    assert read_invitation(token) == olga
    set_password(olga, "another-long-one", at=NOW)
    assert read_invitation(token) is None
    with pytest.raises(AlreadyKnown):
        invite("OLGA@example.org", name="Olga", bureau_roles=["AGENT"], by=ada, at=NOW)


def test_an_invitation_is_for_the_living_and_cannot_be_made_up(ada):
    sam = invite("sam@example.org", name="Sam", bureau_roles=["AGENT"], by=ada, at=NOW)
    token = Message.objects.get().text.split("/invitation/")[1].split("/")[0]
    for forged in ("", "-", "zz-a-b", "f" * 40 + "-x", f"{ada.pk:x}-{token.partition('-')[2]}", token[:-1], "é-\x00"):
        assert read_invitation(forged) is None
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert read_invitation(token) is None


def test_sent_again_it_is_another_mail(ada):
    sam = invite("sam@example.org", name="Sam", bureau_roles=["AGENT"], by=ada, at=NOW)
    send_invitation(sam, by=ada, at=NOW + timedelta(minutes=1))
    assert Message.objects.count() == 2 and BureauRole.objects.filter(user=sam).count() == 1
