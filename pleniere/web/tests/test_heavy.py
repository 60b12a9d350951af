"""A request heavier than any form takes: refused before a byte of it is kept."""

import io

import pytest
from django.core.files.uploadhandler import FileUploadHandler
from django.urls import reverse

from pleniere.web.middleware import HEAVIEST, PATIENCE

PARTS = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n'


class Sent(io.RawIOBase):
    """A body of that many bytes, made as it is read."""

    def __init__(self, weight):
        self.left, self.read_so_far = weight, 0

    def read(self, size=-1):
        count = min(size if size >= 0 else self.left, self.left)
        chunk = (PARTS if not self.read_so_far else b"").ljust(count, b"x")[:count]
        self.left, self.read_so_far = self.left - count, self.read_so_far + count
        return chunk


@pytest.mark.django_db
@pytest.mark.parametrize(("weight", "received"), [(HEAVIEST + 1, HEAVIEST + 1), (PATIENCE + 1, 0)])
def test_what_is_too_heavy_is_said_and_no_file_is_begun(client, monkeypatch, weight, received):
    monkeypatch.setattr(FileUploadHandler, "new_file", lambda *args, **facts: pytest.fail("a file was begun"))
    body = Sent(weight)
    facts = {"CONTENT_LENGTH": str(weight), "wsgi.input": body}
    answer = client.generic("POST", reverse("client-find"), content_type="multipart/form-data; boundary=b", **facts)
    assert answer.status_code == 413 and "25\u00a0Mo" in answer.content.decode()
    assert body.read_so_far == received


@pytest.mark.django_db
def test_a_form_that_is_just_light_enough_is_read(client):
    answer = client.post(reverse("client-find"), {"email": "x" * 1_000_000})
    assert answer.status_code == 422
