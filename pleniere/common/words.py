"""Words typed by people: folded for search, or kept once per language."""

import re
import unicodedata
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language

_FOLD = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "’": " ", "'": " ", "-": " "})


def fold(*parts: object) -> str:
    """`parts` as one searchable text: no accent, no case, no apostrophe or hyphen, single spaces."""
    text = " ".join(str(part) for part in parts if part).casefold().translate(_FOLD)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", text).strip()


class LocalText(dict[str, str]):
    """The same text in several languages; `str()` gives the reader's, else the bureau's first that is filled."""

    def __str__(self) -> str:
        return self.in_language(get_language() or settings.LANGUAGE_CODE)

    def in_language(self, language: str) -> str:
        order = [language[:2], settings.LANGUAGE_CODE, *self]
        return next((self[code] for code in order if self.get(code)), "")

    def missing(self) -> list[str]:
        """Languages of the interface in which nothing is written."""
        return [code for code, _ in settings.LANGUAGES if not self.get(code)]


class LocalTextField(models.JSONField):
    """A column of `{language: text}`; comes back as LocalText."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("default", LocalText)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> LocalText:
        return LocalText(super().from_db_value(value, expression, connection) or {})

    def to_python(self, value: Any) -> LocalText:
        return LocalText(value or {})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        return {settings.LANGUAGE_CODE: value} if isinstance(value, str) else dict(value)
