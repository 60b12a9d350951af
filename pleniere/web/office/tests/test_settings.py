"""The bureau's settings, its people and its outbox: who may, what is refused, what stays inside."""

import re
import socket
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from pleniere.accounts.models import Bureau, User
from pleniere.accounts.rights import can
from pleniere.catalogue.actions.founding import lay_ground
from pleniere.catalogue.models import Supplier, TouristTax, Vat
from pleniere.catalogue.tests.world import make_bureau, make_person
from pleniere.congress.models import Congress, Member
from pleniere.messaging import jobs, outbox
from pleniere.messaging.models import Job, Message
from pleniere.web.office.settings.forms import IdentityForm, MailForm

pytestmark = pytest.mark.django_db
SETTINGS, PEOPLE, MAILS = "/office/settings/", "/office/people/", "/office/mails/"
IDENTITY = {"name": "Là Congrès", "kind": "ASSOCIATION", "country": "fr", "fiscal_year_start": "1", "tolerance": "0,05"}


@pytest.fixture
def bureau():
    bureau = make_bureau(sender="congres@example.org")
    lay_ground(bureau)
    return bureau


@pytest.fixture
def ada(client, bureau):
    ada = make_person("Ada", "ADMIN")
    client.force_login(ada)
    return ada


@pytest.fixture
def congress(bureau):
    day = timezone.localdate()
    return Congress.objects.create(code="ctv2027", title={"fr": "Séminaire"}, starts=day, ends=day + timedelta(days=1))


# Settings


def test_the_identity_is_saved_checked_and_says_what_is_missing(client, ada):
    assert "Registration" not in client.get(SETTINGS).content.decode()
    assert '<a href="/office/settings/#id_legal_name">Raison sociale</a>' in client.get(SETTINGS).content.decode()
    assert client.post(SETTINGS, {**IDENTITY, "siret": "123"}).status_code == 422
    client.post(SETTINGS, {**IDENTITY, "siret": "732 829 320 00074", "legal_name": "Là SAS"})
    bureau = Bureau.objects.get()
    assert (bureau.name, bureau.siret, bureau.country, str(bureau.tolerance)) == ("Là Congrès", "73282932000074", "FR", "0.05")
    assert Supplier.objects.get(kind="HOUSE").name == "Là Congrès"
    assert "Là SAS" in client.get(f"{SETTINGS}history/").content.decode()


def test_what_is_missing_is_named_as_its_field_and_leads_to_it(client, ada):
    Bureau.objects.update(sender="")
    bureau, page = Bureau.objects.get(), client.get(SETTINGS).content.decode()
    assert '<a href="/office/settings/mail/#id_sender">Expéditeur des e-mails</a>' in page
    fields = IdentityForm.base_fields | MailForm.base_fields
    with translation.override("fr"):
        for name, words in zip(bureau.missing_fields(), bureau.missing(), strict=True):
            assert f"#id_{name}" in page and str(fields[name].label).lower() == words.lower()


def test_the_bureau_s_own_account_is_proposed_and_approved_within_the_settings(client, ada):
    bank = f"{SETTINGS}bank/"
    assert "Le compte bancaire manque" in client.get(SETTINGS).content.decode()
    house = Supplier.objects.filter(kind="HOUSE").get()
    assert client.get(f"/office/suppliers/{house.pk}/bank/").url == bank
    assert client.post(bank, {"holder": "Là SAS", "iban": "FR76"}).status_code == 422
    assert client.post(bank, {"holder": "Là SAS", "iban": "FR76 3000 6000 0112 3456 7890 189"}).url == bank
    account = house.bank_accounts.get()
    page = client.get(bank).content.decode()
    assert "Une seconde personne doit approuver le compte bancaire." in page
    assert "prestataire" not in page.split("<main")[1]
    client.force_login(make_person("Luc", "LEAD"))
    decide = f"/office/suppliers/{house.pk}/bank/{account.pk}/"
    assert "relevé d’identité" in client.post(decide, {"act": "approve"}, follow=True).content.decode()
    assert "Rien n’a été choisi" in client.post(decide, {}, follow=True).content.decode()
    answer = client.post(decide, {"act": "approve", "called": "1"}, follow=True)
    assert answer.redirect_chain[-1][0] == bank and "Une seconde personne" not in answer.content.decode()
    assert house.bank_accounts.live().get() == account


def test_only_an_administrator_changes_the_settings(client, bureau):
    client.force_login(make_person("Sam", "AGENT"))
    assert client.get(SETTINGS).status_code == 200
    assert client.post(SETTINGS, IDENTITY).status_code == 403
    assert client.post(f"{SETTINGS}mail/test/", {"to": "x@example.org"}).status_code == 403
    assert client.post(f"{SETTINGS}vat/", {"code": "x", "since": "2027-01-01", "percent": "1"}).status_code == 403
    assert client.get(PEOPLE).status_code == 403


def test_a_password_is_kept_when_left_empty_and_never_shown(client, ada):
    typed = {"smtp_host": "127.0.0.1", "smtp_port": "25", "smtp_security": "NONE", "sender": "c@example.org"}
    client.post(f"{SETTINGS}mail/", {**typed, "smtp_password": "s3cret-word"})
    client.post(f"{SETTINGS}mail/", typed)
    assert Bureau.objects.get().smtp_password == "s3cret-word"
    assert "s3cret-word" not in client.get(f"{SETTINGS}mail/").content.decode()
    assert client.post(f"{SETTINGS}mail/", {**typed, "smtp_port": "99999"}).status_code == 422


def test_a_test_mail_says_what_the_server_answered(client, ada):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Bureau.objects.update(smtp_host="127.0.0.1", smtp_port=port, smtp_security="NONE")
    shown = client.post(f"{SETTINGS}mail/test/", {"to": "ada@example.org"}).content.decode()
    assert "127.0.0.1" in shown and "refuse" in shown
    assert client.post(f"{SETTINGS}mail/test/", {"to": "no"}).status_code == 422


def test_the_demo_tries_nothing_outside(client, ada):
    Bureau.objects.update(is_demo=True, smtp_host="127.0.0.1")
    client.post(f"{SETTINGS}mail/test/", {"to": "ada@example.org"})
    assert Message.objects.get().state == "HELD"


def test_taxes_are_added_and_dropped(client, ada):
    client.post(f"{SETTINGS}vat/", {"code": "standard", "since": "2035-01-01", "percent": "21", "label": "taux normal"})
    later = Vat.objects.get(since="2035-01-01")
    assert client.post(f"{SETTINGS}vat/", {"code": "standard", "since": "2035-01-01", "percent": "21"}).status_code == 422
    client.post(f"{SETTINGS}vat/{later.pk}/drop/")
    typed = {"town": "Saint-Étienne", "lodging_class": "3", "since": "2027-01-01", "amount": "1,65", "exempt_under": "18"}
    client.post(f"{SETTINGS}tourist-tax/", typed)
    tax = TouristTax.objects.get()
    client.post(f"{SETTINGS}tourist-tax/{tax.pk}/", {**typed, "amount": "1,70"})
    assert str(TouristTax.objects.get().amount) == "1.70" and not Vat.objects.filter(pk=later.pk).exists()
    client.post(f"{SETTINGS}tourist-tax/{tax.pk}/", {"act": "drop"})
    assert not TouristTax.objects.exists() and client.get(f"{SETTINGS}tourist-tax/").status_code == 200


# People


def test_somebody_is_invited_with_roles_here_and_there(client, ada, congress):
    typed = {"email": "sam@example.org", "name": "Sam", "language": "fr"}
    assert client.post(f"{PEOPLE}invite/", typed).status_code == 422  # without a role they see nothing
    client.post(f"{PEOPLE}invite/", {**typed, "congress": congress.pk, "congress_roles": ["ACCOUNTANT"]})
    sam = User.objects.get(name="Sam")
    assert Member.objects.get(user=sam).role == "ACCOUNTANT" and Message.objects.get().to == "sam@example.org"
    assert client.post(f"{PEOPLE}invite/", {**typed, "bureau_roles": ["AGENT"]}).status_code == 422  # known
    client.post(f"{PEOPLE}{sam.pk}/roles/", {"roles": ["AGENT", "LEAD"]})
    client.post(f"{PEOPLE}{sam.pk}/congresses/", {"congress": congress.pk, "roles": ["ADMIN", "ORGANISER"]})
    assert set(sam.bureau_roles.values_list("role", flat=True)) == {"AGENT", "LEAD"}
    assert set(Member.objects.filter(user=sam).values_list("role", flat=True)) == {"ADMIN", "ORGANISER"}
    assert "Sam" in client.get(f"{PEOPLE}?q=sam").content.decode()


def test_the_invitation_may_be_shown_to_who_hands_it_over(client, ada):
    client.post(f"{PEOPLE}invite/", {"email": "sam@example.org", "name": "Sam", "language": "fr", "bureau_roles": ["AGENT"]})
    sam = User.objects.get(name="Sam")
    shown = client.post(f"{PEOPLE}{sam.pk}/act/", {"act": "link"}).content.decode()
    address = re.search(r"/invitation/[\w-]+/", shown)[0]
    client.logout()
    assert client.get(address).status_code == 200


def test_the_last_administrator_stays_and_nobody_sends_themselves_away(client, ada):
    assert client.post(f"{PEOPLE}{ada.pk}/roles/", {"roles": ["AGENT"]}).status_code == 422
    client.post(f"{PEOPLE}{ada.pk}/act/", {"act": "deactivate"})
    assert User.objects.get(pk=ada.pk).is_active and can(User.objects.get(pk=ada.pk), "users.edit")
    sam = make_person("Sam", "AGENT")
    client.post(f"{PEOPLE}{sam.pk}/act/", {"act": "deactivate"})
    assert not User.objects.get(pk=sam.pk).is_active
    client.post(f"{PEOPLE}{sam.pk}/act/", {"act": "reactivate"})
    assert User.objects.get(pk=sam.pk).is_active


# Mails


def queued(**facts):
    return outbox.queue("messaging/test", **{"to": "ron@example.org", "key": "k", "asked_by": "Sam", **facts})


def test_a_mail_is_seen_as_it_leaves_and_sent_once_more(client, ada):
    message = queued(attachments=[("rib.pdf", "application/pdf", b"%PDF-1.7")])
    page = client.get(f"{MAILS}{message.pk}/")
    assert "sandbox" in page.content.decode() and "frame-src 'self'" in page["Content-Security-Policy"]
    inner = client.get(f"{MAILS}{message.pk}/html/")
    assert "script-src 'none'" in inner["Content-Security-Policy"] and inner["X-Frame-Options"] == "SAMEORIGIN"
    file = client.get(f"{MAILS}{message.pk}/files/{message.attachments.get().pk}/")
    assert file.content == b"%PDF-1.7" and "attachment" in file["Content-Disposition"]
    again = {"to": "mended@example.org", "key": "0" * 32}
    for _ in range(2):
        client.post(f"{MAILS}{message.pk}/again/", again)
    assert Message.objects.filter(to="mended@example.org").count() == 1
    assert client.post(f"{MAILS}{message.pk}/again/", {"to": "no"}).status_code == 422
    client.post(f"{MAILS}{message.pk}/drop/")
    assert Message.objects.get(pk=message.pk).state == "DROPPED"
    assert "mended@example.org" in client.get(f"{MAILS}?q=mended&state=QUEUED").content.decode()


def test_a_secret_mail_is_its_recipient_s_alone(client, ada):
    message = queued(secret=True)
    assert "montre que" not in client.get(f"{MAILS}{message.pk}/").content.decode()
    assert client.get(f"{MAILS}{message.pk}/html/").status_code == 404
    client.post(f"{MAILS}{message.pk}/again/", {"to": "eve@example.org"})
    assert Message.objects.count() == 1


def test_an_agent_of_one_congress_reads_its_mails_alone(client, congress):
    olga = make_person("Olga")
    Congress.objects.create(code="ailleurs", title={"fr": "Ailleurs"}, starts=congress.starts, ends=congress.ends)
    Member.objects.create(congress=congress, user=olga, role="AGENT")
    mine, other = queued(congress_id=congress.pk), queued(key="other", to="other@example.org")
    client.force_login(olga)
    shown = client.get(MAILS).content.decode()
    assert "ron@example.org" in shown and "other@example.org" not in shown
    assert congress.code in shown and "ailleurs" not in shown
    assert client.get(f"{MAILS}{mine.pk}/").status_code == 200
    for tail in ("", "html/", "again/", "drop/"):
        assert client.get(f"{MAILS}{other.pk}/{tail}").status_code in (404, 405)
    assert client.post(f"{MAILS}{other.pk}/drop/").status_code == 404


def test_failed_work_is_seen_and_tried_again(client, ada):
    job = jobs.enqueue("pleniere.messaging.tasks.sweep", key="broken")
    Job.objects.filter(pk=job.pk).update(failed_at=timezone.now(), error="KeyError")
    assert "KeyError" in client.get(f"{MAILS}jobs/").content.decode()
    client.post(f"{MAILS}jobs/{job.pk}/retry/")
    assert Job.objects.get().failed_at is None
