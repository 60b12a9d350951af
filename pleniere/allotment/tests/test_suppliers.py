"""What happens to requests and blocks when a supplier's people and contracts change."""

import pytest
from django.core.exceptions import ValidationError

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.actions import remind
from pleniere.catalogue.actions import edit_contract, is_used, leave, make_contact
from pleniere.catalogue.models import Contact

from .world import NOW, answer, ask, keep, world

pytestmark = pytest.mark.django_db


def test_the_links_of_who_left_end_those_of_a_shared_mailbox_stay_and_the_heir_gets_new_ones():
    w = ask(world())
    invitation = w.request.invitations.exclude(email="").order_by("pk").first()
    supplier, email = invitation.supplier, invitation.email
    first = Contact.objects.get(supplier=supplier, email=email)
    token = links.token(Link.objects.get(purpose="ANSWER", subject=f"allotment.Invitation:{invitation.pk}"))
    second = make_contact(supplier, name="Paul", email=email, by=SYSTEM, at=NOW)
    leave(first, by=SYSTEM, at=NOW)
    assert links.read(token).is_live(NOW)
    make_contact(supplier, name="Inès", email="ines@example.org", by=SYSTEM, at=NOW)
    leave(second, by=SYSTEM, at=NOW)
    invitation.refresh_from_db()
    assert not links.read(token).is_live(NOW) and invitation.email == "ines@example.org"
    remind([invitation], by=SYSTEM, at=NOW)
    assert Link.objects.live(NOW).filter(subject=f"allotment.Invitation:{invitation.pk}").count() == 1


def test_a_contract_in_use_keeps_its_mode():
    w = ask(world())
    contract = w.adagio.contracts.get()
    assert not is_used(contract) and edit_contract(contract, mode="DIRECT", by=SYSTEM, at=NOW).mode == "DIRECT"
    edit_contract(contract, mode="AGENT", by=SYSTEM, at=NOW)
    answer(w)
    keep(w)
    assert is_used(contract)
    with pytest.raises(ValidationError):
        edit_contract(contract, mode="OWN", commission=0, by=SYSTEM, at=NOW)
