"""The pages of a desk, as somebody finds them who follows every link."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

HOST = "http://testserver"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        href = dict(attrs).get("href")
        if tag == "a" and href and "logout" not in href:
            self.found.append(href)


def pages(client: Client, starts: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(name, path, html) of one page of every kind the links lead to."""
    todo, found = deque(starts), set(starts)
    shown: Counter[str] = Counter()
    while todo:
        path = todo.popleft()
        name = _name(path)
        if not name or shown[name]:
            continue
        answer = client.get(path)
        links = [answer["Location"]] if answer.status_code in (301, 302) else []
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            shown[name] += 1
            html = answer.content.decode()
            yield name, path, html
            reader = _Links()
            reader.feed(html)
            links = reader.found
        for link in links:
            there, _hash = urldefrag(urljoin(HOST + path, link))
            if there.startswith(HOST + "/") and there not in found:
                found.add(there)
                todo.append(there.removeprefix(HOST))


def _name(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""
