"""What is queued is what leaves: once, rendered in its reader's language, and never from a demo."""

import smtplib
import socket
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.db import transaction
from django.utils import timezone

from pleniere.accounts.models import Bureau
from pleniere.messaging import outbox, sending
from pleniere.messaging.models import Message
from pleniere.messaging.worker import work_once

pytestmark = pytest.mark.django_db
STATE = Message.State


def make_bureau(**facts):
    known = {
        "name": "Congrès d’Ici",
        "legal_name": "Congrès d’Ici SPL",
        "legal_form": "SPL",
        "address": "1 rue Haute",
        "postcode": "42000",
        "town": "Saint-Étienne",
        "registration_number": "IM042000000",
        "guarantor": "Garant, Paris",
        "insurer": "Assureur, Lyon",
        "mediator": "Médiateur, Paris",
        "sender": "congres@example.org",
        "reply_to": "equipe@example.org",
        "smtp_host": "127.0.0.1",
        "smtp_security": "NONE",
    }
    return Bureau.objects.create(pk=1, **known | facts)


def queue_test(key="k1", to="lea@example.org", **facts):
    return outbox.queue("messaging/test", to=to, key=key, asked_by="Sam", **facts)


class Box:
    """A mail server of one test: keeps what it takes, refuses whom it is told to."""

    def __init__(self):
        self.mails = []
        self.connections = 0
        self.refuse = {}

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def start(box, **options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    return controller


@pytest.fixture
def server():
    box = Box()
    controller = start(box)
    yield box
    controller.stop()


def test_a_mail_is_rendered_in_its_readers_language_with_the_houses_legal_identity():
    make_bureau()
    french, english = queue_test(), queue_test("k2", language="en")
    assert french.subject == "Message d’essai de Congrès d’Ici"
    assert english.subject == "Test mail of Congrès d’Ici"
    for part in (french.text, french.html):
        for fact in (
            "Congrès d’Ici SPL",
            "42000 Saint-Étienne",
            "IM042000000",
            "Garant, Paris",
            "Assureur, Lyon",
            "Médiateur, Paris",
        ):
            assert fact in part
    assert "Garant financier" in french.text and "Financial guarantor" in english.text
    assert 'lang="en"' in english.html and "style=" in english.html  # the CSS is inlined
    assert "<p" not in french.text and "&" not in french.text


def test_the_same_key_twice_is_one_mail():
    make_bureau()
    first = queue_test(attachments=[("a.txt", "text/plain", b"a")])
    second = queue_test(to="other@example.org", attachments=[("b.txt", "text/plain", b"b")])
    assert first == second and Message.objects.count() == 1
    assert [file.name for file in first.attachments.all()] == ["a.txt"]


def test_a_mail_whose_transaction_is_undone_was_never_queued():
    make_bureau()
    with pytest.raises(RuntimeError), transaction.atomic():
        queue_test()
        raise RuntimeError
    assert not Message.objects.exists()


def test_a_bad_address_is_a_failed_message_not_an_error():
    make_bureau()
    for number, bad in enumerate(["", "nobody", "a@b@c", "x\x00@example.org", "é" * 300, "a@example.org\nBcc: b@example.org"]):
        message = queue_test(f"bad{number}", to=bad)
        assert message.state == STATE.FAILED and message.error


def test_nobody_adds_a_header_through_a_name_or_a_subject(server):
    make_bureau(name="Ici\r\nBcc: x@example.org", smtp_port=server.port)
    queue_test(to_name="Léa\nBcc: y@example.org", attachments=[("a\r\nX-B: 1.txt", "text/plain", b"a")])
    work_once()
    (mail,) = server.mails
    assert mail["Bcc"] is None and mail["X-B"] is None
    assert mail["To"].addresses[0].addr_spec == "lea@example.org"


def test_a_very_long_key_is_still_one_key():
    make_bureau()
    assert queue_test("k" * 400 + "a") != queue_test("k" * 400 + "b")
    assert queue_test("k" * 400 + "a").key == Message.objects.first().key


def test_the_worker_sends_all_on_one_connection_and_each_once(server):
    make_bureau(smtp_port=server.port)
    for number in range(5):
        queue_test(f"k{number}", to=f"p{number}@example.org", attachments=[("p.pdf", "application/pdf", b"%PDF")])
    assert work_once() >= 5
    work_once()
    assert len(server.mails) == 5 and server.connections == 1
    mail = server.mails[0]
    assert mail["Reply-To"] == "equipe@example.org" and mail["From"].addresses[0].addr_spec == "congres@example.org"
    assert mail["Message-ID"] == sending.message_id("k0", "congres@example.org")
    assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html", "application/pdf"}
    assert set(Message.objects.values_list("state", flat=True)) == {STATE.SENT}


def test_sent_again_after_a_crash_it_bears_the_same_message_id(server):
    make_bureau(smtp_port=server.port)
    queue_test()
    work_once()
    Message.objects.update(state=STATE.QUEUED, leased_until=timezone.now() - timedelta(seconds=1))  # died before saying so
    work_once()
    assert len({mail["Message-ID"] for mail in server.mails}) == 1 and len(server.mails) == 2


def test_a_refused_recipient_fails_alone_and_a_busy_one_is_tried_again(server):
    make_bureau(smtp_port=server.port)
    server.refuse = {"gone@example.org": "550 No such user", "full@example.org": "452 Mailbox full"}
    gone, full, good = queue_test("a", to="gone@example.org"), queue_test("b", to="full@example.org"), queue_test("c")
    work_once()
    for message in (gone, full, good):
        message.refresh_from_db()
    assert [gone.state, full.state, good.state] == [STATE.FAILED, STATE.QUEUED, STATE.SENT]
    assert "No such user" in gone.error and full.leased_until > timezone.now()
    Message.objects.filter(pk=full.pk).update(attempts=4, leased_until=None)
    work_once()
    full.refresh_from_db()
    assert full.state == STATE.FAILED


def test_a_server_that_is_away_costs_no_mail_an_attempt():
    make_bureau(smtp_port=9)  # nobody listens there
    message = queue_test()
    for _ in range(8):
        Message.objects.update(leased_until=None)
        work_once()
    message.refresh_from_db()
    assert message.state == STATE.QUEUED and message.attempts == 0 and "127.0.0.1" in message.error


def test_without_a_server_mails_wait_and_say_why():
    make_bureau(smtp_host="")
    message = queue_test()
    work_once()
    message.refresh_from_db()
    assert message.state == STATE.QUEUED and "serveur" in message.error


def test_a_wrong_password_is_said_in_words():
    def refuse(server, session, envelope, mechanism, auth_data):
        return AuthResult(success=False, handled=False)

    box = Box()
    controller = start(box, authenticator=refuse, auth_require_tls=False)
    try:
        house = make_bureau(smtp_port=box.port, smtp_user="sam", smtp_password="wrong")
        with pytest.raises(sending.ServerFault) as fault:
            sending.open_connection(house)
    finally:
        controller.stop()
    assert "mot de passe" in str(fault.value) and "535" in str(fault.value)


def test_mail_for_later_waits(server):
    make_bureau(smtp_port=server.port)
    queue_test(send_at=timezone.now() + timedelta(hours=1))
    work_once()
    assert not server.mails


def test_a_demo_never_sends(server, settings):
    make_bureau(is_demo=True, smtp_port=server.port)
    assert queue_test().state == STATE.HELD
    Message.objects.update(state=STATE.QUEUED)  # a copy of a real bureau made a demo
    work_once()
    assert not server.mails and Message.objects.get().state == STATE.HELD
    Bureau.objects.update(is_demo=False)
    settings.DEMO = True
    assert queue_test("k2").state == STATE.HELD


def test_a_secret_mail_is_forgotten_once_sent(server):
    make_bureau(smtp_port=server.port)
    queue_test(secret=True)
    work_once()
    message = Message.objects.get()
    assert len(server.mails) == 1 and message.text == message.html == ""


def test_two_workers_never_take_the_same_mail():
    make_bureau()
    queue_test()
    due = Message.objects.filter(state=STATE.QUEUED)
    now = timezone.now()
    assert len(sending.leases.take(due, at=now)) == 1
    assert sending.leases.take(due, at=now) == []
    assert len(sending.leases.take(due, at=now + timedelta(hours=1))) == 1  # the first died


def test_every_fault_has_words():
    house = Bureau(smtp_host="mx.example", smtp_port=25, sender="a@example.org")
    faults = [
        TimeoutError("timed out"),
        ConnectionRefusedError(111, "refused"),
        OSError("x"),
        smtplib.SMTPServerDisconnected("bye"),
        smtplib.SMTPDataError(554, b"spam"),
        smtplib.SMTPSenderRefused(550, b"no", "a@example.org"),
        smtplib.SMTPNotSupportedError("STARTTLS"),
        ValueError("odd"),
    ]
    assert len({sending.in_words(fault, house) for fault in faults}) == len(faults)
