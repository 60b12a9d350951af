"""What leaves the house, as rows first: messages to send once, jobs to do."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Role, User
from pleniere.accounts.rights import STAFF, SYSTEM, bureau_roles
from pleniere.common.words import fold


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Any, congresses: Any = None) -> MessageQuerySet:
        """Bureau staff sees all; others those of `congresses`, the ones where they work (congress lies above, so it is passed in)."""
        if actor is SYSTEM or (isinstance(actor, User) and bureau_roles(actor) & set(STAFF)):
            return self
        return self.none() if congresses is None else self.filter(congress_id__in=congresses)


class Message(models.Model):
    """A mail to send once. The same `key` queued twice is one mail; sent again after a crash it bears the same Message-ID.

    It is rendered when queued, so that what is previewed is what leaves. `about` names its subject ("booking.Booking:12").
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("to send")
        HELD = "HELD", _("kept in the outbox")  # the demo: nothing leaves
        SENT = "SENT", _("sent")
        FAILED = "FAILED", _("failed")
        BOUNCED = "BOUNCED", _("bounced")
        DROPPED = "DROPPED", _("dropped")

    key = models.CharField(max_length=160, unique=True)
    template = models.CharField(max_length=80)
    about = models.CharField(max_length=80, blank=True, db_index=True)
    congress_id = models.BigIntegerField(null=True, blank=True, db_index=True)  # a number: congress lies above
    to = models.EmailField()
    to_name = models.CharField(max_length=160, blank=True)
    language = models.CharField(max_length=2, default="fr")
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    is_secret = models.BooleanField(default=False)  # holds a code or a key to an account: only its recipient reads it
    search = models.TextField(editable=False, default="")
    queued_at = models.DateTimeField(auto_now_add=True)
    send_at = models.DateTimeField(null=True, blank=True)  # not before
    sent_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="message_to_send", fields=["queued_at"], condition=Q(state="QUEUED"))]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = fold(self.to, self.to_name, self.subject)
        super().save(*args, **kwargs)


class Attachment(models.Model):
    """A file that leaves with a message, its bytes as they were when queued."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, actor: Any) -> JobQuerySet:
        """Everybody sees what they started; an administrator sees all."""
        if actor is SYSTEM or (isinstance(actor, User) and Role.ADMIN in bureau_roles(actor)):
            return self
        return self.filter(user=actor) if isinstance(actor, User) and actor.is_authenticated else self.none()

    def failed(self) -> JobQuerySet:
        return self.filter(failed_at__isnull=False)


class Job(models.Model):
    """Work to do once its transaction has committed. A claim is a lease: a dead worker's lease runs out.

    `task` names a function registered with `@task`; `args` are ids. `key` makes a repeat harmless. `progress` is 0 to 100.
    """

    key = models.CharField(max_length=160, unique=True)
    task = models.CharField(max_length=120)
    args = models.JSONField(default=dict)
    run_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    said = models.CharField(max_length=250, blank=True)  # where it stands, in words
    result = models.JSONField(null=True, blank=True)
    by = models.CharField(max_length=160, blank=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")  # who started it, and may look on
    made_at = models.DateTimeField(auto_now_add=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="job_due", fields=["run_at"], condition=Q(done_at=None, failed_at=None))]

    def __str__(self) -> str:
        return self.key
