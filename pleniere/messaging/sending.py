"""From the outbox to the bureau's mail server: leased by batch, on one open connection, never inside a transaction."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pleniere.accounts.models import Bureau

from . import leases
from .models import Message
from .outbox import bureau, stays_inside
from .words import one_line

TIMEOUT = 20  # seconds for each step of the talk with the server
SERVER_PAUSE = timedelta(minutes=2)  # the server is the one at fault: no mail loses an attempt by it


class ServerFault(Exception):
    """The mail server could not be talked to. Says why, in words."""


def send_due(at: datetime, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Send a batch of what is due; how many were taken."""
    sender = bureau()
    due = (
        Message.objects.filter(state=Message.State.QUEUED)
        .filter(Q(send_at=None) | Q(send_at__lte=at))
        .order_by("queued_at", "pk")
    )
    if stays_inside(sender):  # queued before it became a demo: a copy of a real bureau
        if due.exists():
            return due.update(state=Message.State.HELD)
        return 0
    messages = leases.take(due, at=at)
    if messages:
        _send_all(messages, sender, should_stop)
    return len(messages)


def send_now(message: Message, at: datetime) -> Message:
    """Try this one mail at once, for somebody who waits to see: SENT, or `error` says why not. A demo's stays inside."""
    sender = bureau()
    mine = leases.take(Message.objects.filter(pk=message.pk, state=Message.State.QUEUED), at=at, limit=1)
    if mine and not stays_inside(sender):
        _send_all(mine, sender, lambda: False)
    message.refresh_from_db()
    return message


def _send_all(messages: list[Message], sender: Bureau | None, should_stop: Callable[[], bool]) -> None:
    begun = timezone.now()
    try:
        if sender is None:
            raise ServerFault(_("There is no bureau yet."))
        connection = open_connection(sender)
    except ServerFault as fault:
        _postpone(messages, str(fault))
        return
    try:
        for place, message in enumerate(messages):
            if should_stop() or timezone.now() - begun > timedelta(seconds=leases.seconds() / 2):
                _postpone(messages[place:], "", pause=timedelta(0))
                return
            if not _mine(message).exists():
                continue  # dropped meanwhile, or another worker's by now
            try:
                connection.send_messages([build(message, sender)])
            except Exception as error:  # a mail that cannot be built or is refused stops none of the others
                if is_server_fault(error):
                    _postpone(messages[place:], in_words(error, sender))
                    return
                _refuse(message, error, sender)
            else:
                sent = {"state": Message.State.SENT, "sent_at": timezone.now(), "leased_until": None, "error": ""}
                secret = {"text": "", "html": ""} if message.is_secret else {}
                Message.objects.filter(pk=message.pk, attempts=message.attempts).update(
                    **sent, **secret
                )  # it has left, dropped or not
    finally:
        _close(connection)


def open_connection(sender: Bureau) -> EmailBackend:
    """A connection to the bureau's server, logged in. Raises ServerFault."""
    if not sender.smtp_host:
        raise ServerFault(_("No mail server is set up: the bureau’s settings name none."))
    if not sender.sender:
        raise ServerFault(_("No sender is set up: the bureau’s settings name none."))
    connection = EmailBackend(
        host=sender.smtp_host,
        port=sender.smtp_port,
        username=sender.smtp_user or None,
        password=sender.smtp_password or None,
        use_tls=sender.smtp_security == "STARTTLS",
        use_ssl=sender.smtp_security == "TLS",
        timeout=TIMEOUT,
        fail_silently=False,
    )
    try:
        connection.open()
    except Exception as error:
        raise ServerFault(in_words(error, sender)) from error
    return connection


def build(message: Message, sender: Bureau) -> EmailMultiAlternatives:
    """The mail as it goes over the wire. Its Message-ID comes from the key: a repeat is recognised as one."""
    mail = EmailMultiAlternatives(
        subject=one_line(message.subject, 250),
        body=message.text,
        from_email=formataddr((one_line(sender.name, 120), sender.sender)),
        to=[formataddr((one_line(message.to_name, 160), message.to)) if message.to_name else message.to],
        reply_to=[sender.reply_to] if sender.reply_to else None,
        headers={
            "Message-ID": message_id(message.key, sender.sender),
            "Auto-Submitted": "auto-generated",
            "Content-Language": message.language,
        },
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    for file in message.attachments.all():
        mail.attach(file.name, bytes(file.content), file.content_type)
    return mail


def message_id(key: str, sender: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"<{digest}@{sender.rpartition('@')[2] or 'localhost'}>"


def is_server_fault(error: Exception) -> bool:
    """The server's, so it waits; not the mail's, which would be refused again."""
    if isinstance(error, smtplib.SMTPSenderRefused):
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
        return False
    return isinstance(error, smtplib.SMTPException | OSError)


def in_words(error: BaseException, sender: Bureau) -> str:
    """What went wrong, for somebody who sets up a mail server once in their life."""
    place = {"host": sender.smtp_host, "port": sender.smtp_port}
    said = _server_said(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        text = _("The server refused the user name or the password.")
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        text = _("The server does not offer what was asked of it (encryption or login): choose another kind of encryption.")
    elif isinstance(error, smtplib.SMTPSenderRefused):
        text = _("The server refuses mails sent by %(sender)s.") % {"sender": sender.sender}
    elif isinstance(error, smtplib.SMTPRecipientsRefused):
        text = _("The server refuses this recipient.")
    elif isinstance(error, smtplib.SMTPDataError):
        text = _("The server refuses this mail.")
    elif isinstance(error, ssl.SSLCertVerificationError):
        text = _("The certificate of %(host)s is not valid for this name, or nobody known signed it.") % place
    elif isinstance(error, ssl.SSLError):
        text = _("%(host)s does not speak this kind of encryption on port %(port)s: try another kind or port.") % place
    elif isinstance(error, TimeoutError):
        text = _("%(host)s does not answer on port %(port)s: wrong port, or a firewall between.") % place
    elif isinstance(error, ConnectionRefusedError):
        text = _("%(host)s refuses connections on port %(port)s: wrong port, or the server is stopped.") % place
    elif isinstance(error, OSError) and error.__class__.__name__ == "gaierror":
        text = _("No server is called “%(host)s”: check its name.") % place
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        text = _("The server hung up: wrong port, or wrong kind of encryption.")
    else:
        text = _("The mail could not be handed to the server.")
    return f"{text} {said}".strip()


def _server_said(error: BaseException) -> str:
    answer: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()), (0, b""))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, answer = error.smtp_code, error.smtp_error
    else:
        return f"({one_line(str(error), 300)})" if str(error) else ""
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return f"({code} {one_line(text, 300)})"


def _refuse(message: Message, error: Exception, sender: Bureau) -> None:
    """This mail's own fault. A temporary refusal (4xx) is tried again later, a final one (5xx) is not."""
    if _is_temporary(error) and message.attempts < leases.ATTEMPTS:
        _mine(message).update(error=in_words(error, sender), leased_until=timezone.now() + leases.pause(message.attempts))
    else:
        _mine(message).update(error=in_words(error, sender), state=Message.State.FAILED, leased_until=None)


def _is_temporary(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _answer in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 500


def _postpone(messages: list[Message], error: str, *, pause: timedelta = SERVER_PAUSE) -> None:
    """None of them was tried: no attempt is counted."""
    until = timezone.now() + pause if pause else None
    for message in messages:
        _mine(message).update(leased_until=until, attempts=message.attempts - 1, error=error)


def _mine(message: Message) -> Any:
    return Message.objects.filter(pk=message.pk, attempts=message.attempts, state=Message.State.QUEUED)


def _close(connection: EmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        connection.connection = None
