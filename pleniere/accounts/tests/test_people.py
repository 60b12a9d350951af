"""The bureau is founded once, keeps an administrator for ever, and every change of people leaves a trace."""

import pytest
from django.utils import timezone

from pleniere.accounts.actions import (
    AlreadyFounded,
    AlreadyKnown,
    LastAdministrator,
    deactivate_user,
    edit_bureau,
    edit_profile,
    found_bureau,
    make_user,
    reactivate_user,
    set_bureau_roles,
)
from pleniere.accounts.models import Bureau, Trace, User
from pleniere.accounts.queries import users_visible_to
from pleniere.accounts.rights import SYSTEM, NotAllowed, can

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def found(email="ada@example.org"):
    return found_bureau({"name": "Ici"}, email=email, name="Ada", password="a-long-password", at=NOW)


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_the_first_comer_founds_and_the_second_is_told():
    bureau, ada = found()
    assert bureau.pk == 1 and can(ada, "bureau.edit") and ada.check_password("a-long-password")
    with pytest.raises(AlreadyFounded):
        found("eve@example.org")
    assert User.objects.count() == 1 and Trace.objects.get(verb="bureau.found").after["administrator"] == "ada@example.org"


def test_an_address_is_one_persons_whatever_its_case():
    make_user("Sam@Example.org", name="Sam")
    with pytest.raises(AlreadyKnown):
        make_user("sam@example.ORG", name="Other Sam")


def test_roles_are_exactly_what_was_said_and_the_same_again_leaves_no_trace():
    _, ada = found()
    sam = make_user("sam@example.org", name="Sam")
    for _ in range(2):
        set_bureau_roles(sam, ["AGENT", "ACCOUNTANT", "EMPEROR"], by=ada, at=NOW)
    assert set(sam.bureau_roles.values_list("role", flat=True)) == {"AGENT", "ACCOUNTANT"}
    trace = Trace.objects.get(verb="users.roles")
    assert trace.before == {"roles": []} and trace.after == {"roles": ["ACCOUNTANT", "AGENT"]} and trace.actor == "Ada"


def test_the_last_administrator_stays_one():
    _, ada = found()
    with pytest.raises(LastAdministrator):
        set_bureau_roles(ada, ["AGENT"], by=ada, at=NOW)
    with pytest.raises(LastAdministrator):
        deactivate_user(ada, by=SYSTEM, at=NOW)
    sam = make_user("sam@example.org", name="Sam")
    set_bureau_roles(sam, ["ADMIN"], by=ada, at=NOW)
    deactivate_user(sam, by=ada, at=NOW)
    with pytest.raises(LastAdministrator):  # one who is away does not count
        set_bureau_roles(ada, [], by=SYSTEM, at=NOW)
    reactivate_user(fresh(sam), by=ada, at=NOW)
    set_bureau_roles(ada, [], by=SYSTEM, at=NOW)
    assert not can(fresh(ada), "users.edit")


def test_one_sent_away_keeps_history_and_loses_every_right():
    _, ada = found()
    sam = make_user("sam@example.org", name="Sam")
    set_bureau_roles(sam, ["AGENT"], by=ada, at=NOW)
    deactivate_user(sam, by=ada, at=NOW, reason="parti")
    deactivate_user(sam, by=ada, at=NOW)
    assert not can(fresh(sam), "clients.see") and Trace.objects.filter(verb="users.deactivate").count() == 1
    with pytest.raises(NotAllowed):
        deactivate_user(ada, by=ada, at=NOW)


def test_who_is_no_administrator_changes_nobody_but_their_own_name():
    _, ada = found()
    sam = make_user("sam@example.org", name="Sam")
    set_bureau_roles(sam, ["LEAD"], by=ada, at=NOW)
    sam = fresh(sam)
    for forbidden in (
        lambda: set_bureau_roles(sam, ["ADMIN"], by=sam, at=NOW),
        lambda: deactivate_user(ada, by=sam, at=NOW),
        lambda: edit_profile(ada, name="X", language="fr", by=sam, at=NOW),
        lambda: edit_bureau(Bureau.objects.get(), facts={"name": "X"}, by=sam, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    edit_profile(sam, name="Samuel", language="en", by=sam, at=NOW)
    assert fresh(sam).name == "Samuel"
    assert list(users_visible_to(sam)) == [sam] and users_visible_to(ada).count() == 2


def test_an_edit_of_the_bureau_is_traced_without_its_password():
    bureau, ada = found()
    edit_bureau(bureau, facts={"name": "Là-bas", "smtp_password": "s3cret"}, by=ada, at=NOW)
    edit_bureau(bureau, facts={"name": "Là-bas"}, by=ada, at=NOW)
    trace = Trace.objects.get(verb="bureau.edit")
    assert trace.before["name"] == "Ici" and trace.after["name"] == "Là-bas" and "s3cret" not in str(trace.after)
    assert Bureau.objects.get().smtp_password == "s3cret"


def test_legal_lines_say_what_is_known_and_nothing_else():
    bureau = Bureau(name="Ici", address="1 rue Haute\r\n2e étage", postcode="42000", town="Saint-Étienne", guarantor="G, Paris")
    assert bureau.legal_lines() == ["Ici, 1 rue Haute, 2e étage, 42000 Saint-Étienne.", "Garant financier\u00a0: G, Paris."]
