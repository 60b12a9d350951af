"""Secrets at rest: a column sealed with the bureau's keys, and a fingerprint by which it can be found."""

import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache
def _keys(seal_keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in seal_keys])


def seal(text: str) -> str:
    """`text` encrypted with the newest key. Sealed twice it gives two different texts."""
    return _keys(tuple(settings.SEAL_KEYS)).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """What was sealed. Raises `cryptography.fernet.InvalidToken` when no key of ours made it."""
    return _keys(tuple(settings.SEAL_KEYS)).decrypt(token.encode()).decode()


def fingerprint(text: str) -> str:
    """The same for equal texts and of no use without our key: what a sealed column is searched by."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


class SealedField(models.TextField):
    """Text that is encrypted in the database and plain in Python. It cannot be filtered on."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(value) if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return unseal(value) if value else ""

    def get_lookup(self, lookup_name: str) -> Any:
        raise TypeError("a sealed column cannot be searched; keep a fingerprint beside it")
