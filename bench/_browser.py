"""A browser without scripts, and one delegate's way through the public form. The standard library alone.

It keeps cookies, follows redirects, and sends forms as they stand in the page: hidden fields, what is ticked, the button.
"""

import http.client
import itertools
import re
import threading
import time
import urllib.parse
from html.parser import HTMLParser

TIMEOUT = 180  # seconds: who waits longer than that is unanswered
STEPS_MOST = 40  # pages of one booking: a form that leads nowhere ends
VOID = {"input", "button"}


class Failed(Exception):
    """The booking did not come to its end; the words say where."""


class Form:
    def __init__(self, attributes):
        self.id, self.method = attributes.get("id"), (attributes.get("method") or "get").lower()
        self.action, self.css = attributes.get("action") or "", attributes.get("class") or ""
        self.fields = []  # [name, value, kind, is_sent]
        self.buttons = []  # (name, value)

    def names(self, prefix=""):
        return [name for name, _value, _kind, _sent in self.fields if name.startswith(prefix)]

    def values(self, name):
        """What may be chosen under the name."""
        return [value for found, value, _kind, _sent in self.fields if found == name]

    def set(self, name, value):
        """Type a text, or choose the radio, tick or option of that value; True if the form has it."""
        mine = [field for field in self.fields if field[0] == name]
        for field in mine:
            if field[2] in ("radio", "option"):
                field[3] = field[1] == value
            elif field[2] == "checkbox":
                field[3] = field[3] or value in (True, field[1])
            else:
                field[1] = value
        return bool(mine)

    def sent(self, button=None):
        pairs = [(name, value) for name, value, _kind, is_sent in self.fields if is_sent]
        return pairs + ([button] if button and button[0] else [])

    def button(self, name, prefix=""):
        return next(((found, value) for found, value in self.buttons if found == name and value.startswith(prefix)), None)


class Page(HTMLParser):
    """What a browser needs of a page to go on: its forms, its links, what it loads."""

    def __init__(self, url, status, text):
        super().__init__(convert_charrefs=True)
        self.url, self.status, self.text = url, status, text
        self.forms, self.links, self.loads = [], [], []
        self._form = self._select = self._area = None
        self._later = []  # fields and buttons that name their form
        self.feed(text)
        for form_id, field, button in self._later:
            form = next((form for form in self.forms if form.id == form_id), None)
            if form and field:
                form.fields.append(field)
            elif form:
                form.buttons.append(button)

    def handle_starttag(self, tag, pairs):
        found = dict(pairs)
        if tag == "form":
            self._form = Form(found)
            self.forms.append(self._form)
        elif tag == "a" and found.get("href"):
            self.links.append(urllib.parse.urljoin(self.url, found["href"]))
        elif tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(urllib.parse.urljoin(self.url, found["href"]))
        elif tag == "script" and found.get("src"):
            self.loads.append(urllib.parse.urljoin(self.url, found["src"]))
        elif tag == "use" and (found.get("href") or "#")[0] != "#":
            self.loads.append(urllib.parse.urljoin(self.url, found["href"].partition("#")[0]))
        elif tag == "select":
            self._select = (found.get("name") or "", found.get("form"), "disabled" in found)
        elif tag == "option" and self._select:
            self._put([self._select[0], found.get("value") or "", "option", "selected" in found], self._select[1])
        elif tag == "textarea":
            self._area = [found.get("name") or "", "", "text", True]
            self._put(self._area, found.get("form"))
        elif tag in VOID and "disabled" not in found:
            self._control(tag, found)

    def _control(self, tag, found):
        name, value, kind = found.get("name") or "", found.get("value"), found.get("type") or "text"
        if tag == "button" or kind in ("submit", "image"):
            self._put(None, found.get("form"), (name, value or ""))
        elif kind in ("checkbox", "radio"):
            self._put([name, value or "on", kind, "checked" in found], found.get("form"))
        elif kind not in ("button", "reset", "file"):
            self._put([name, value or "", "text", bool(name)], found.get("form"))

    def _put(self, field, form_id, button=None):
        if form_id:
            self._later.append((form_id, field, button))
        elif self._form and field:
            self._form.fields.append(field)
        elif self._form:
            self._form.buttons.append(button)

    def handle_data(self, data):
        if self._area is not None:
            self._area[1] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._one_selected()
            self._select = None
        elif tag == "textarea":
            self._area = None

    def _one_selected(self):
        """A select without a choice sends its first option."""
        fields = self._form.fields if self._form else []
        mine = [field for field in fields if field[2] == "option" and field[0] == self._select[0]]
        if mine and not any(field[3] for field in mine):
            mine[0][3] = True

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    def form(self, test):
        return next((form for form in self.forms if test(form)), None)

    def link(self, pattern):
        return next((link for link in self.links if re.search(pattern, link)), None)


class Browser:
    """One visitor: one connection kept open, one jar of cookies. `waits` are the seconds each answer took."""

    def __init__(self, url):
        place = urllib.parse.urlsplit(url)
        self.origin = f"{place.scheme}://{place.netloc}"
        self.connection = http.client.HTTPConnection(place.hostname, place.port or 80, timeout=TIMEOUT)
        self.cookies, self.waits, self.requests = {}, [], 0

    def get(self, url):
        return self._follow("GET", url, None)

    def send(self, page, form, button=None, follow=True):
        url = urllib.parse.urljoin(page.url, form.action or page.url).partition("#")[0]
        pairs = form.sent(button)
        if form.method == "get":
            return self.get(url.partition("?")[0] + "?" + urllib.parse.urlencode(pairs))
        return self._follow("POST", url, urllib.parse.urlencode(pairs), page.url)

    def _follow(self, method, url, body, referer=None):
        began = time.perf_counter()
        for _turn in range(6):
            url = url.partition("#")[0]
            status, headers, content = self.raw(method, url, body, {"Referer": referer} if referer else {})
            if status not in (301, 302, 303, 307, 308):
                self.waits.append(time.perf_counter() - began)
                if status >= 500:
                    raise Failed(f"{status} at {stage_of(url)}")
                return Page(url, status, content.decode())
            url, method, body = urllib.parse.urljoin(url, headers["Location"]), "GET", None
        raise Failed(f"redirected for ever at {stage_of(url)}")

    def raw(self, method, url, body=None, more=None):
        place = urllib.parse.urlsplit(url)
        headers = {"Accept-Language": "fr", "Origin": self.origin, **(more or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self._ask(method, place.path + (f"?{place.query}" if place.query else ""), body, headers)
        content = answer.read()
        self.requests += 1
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _sep, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, answer.headers, content

    def _ask(self, method, target, body, headers):
        try:
            self.connection.request(method, target, body, headers)
            return self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A kept connection that the server closed meanwhile: a browser asks once more on a new one.
            self.connection.close()
            self.connection.request(method, target, body, headers)
            return self.connection.getresponse()


def stage_of(url):
    return re.sub(r"/c/([^/]+)/[^/]{20,}/", r"/c/\1/…/", urllib.parse.urlsplit(url).path)


# -- the way through the form ---------------------------------------------------------------------------------------

_numbers = itertools.count(1)
RUN = f"{time.time_ns() % 10**9:x}"


class Buyer:
    """A delegate who comes with a companion: one room for both, one thing on each step, paid by transfer."""

    def __init__(self, url, number=None):
        self.number = number or next(_numbers)
        self.url, self.browser = url, Browser(url)
        self.served = set()  # stages done
        self.began = self.held_at = None

    def buy(self):
        """The whole booking; raises Failed."""
        page = self.begin()
        for _turn in range(STEPS_MOST):
            if page.path.endswith("/step/done/"):
                return page
            page = self.forward(page)
        raise Failed(f"no end, at {stage_of(page.url)}")

    def begin(self):
        page = self.browser.get(self.url)
        begin = page.form(lambda form: form.action.endswith("/begin/"))
        if begin is None:
            link = page.link(r"/c/[^/]+/$") or _fail(page, "no congress is open")
            page = self.browser.get(link)
            begin = page.form(lambda form: form.action.endswith("/begin/")) or _fail(page, "registration is not open")
        return _unless_full(self.browser.send(_unless_full(page), begin))

    def forward(self, page):
        """Do what this page asks; the page that follows."""
        step = page.form(lambda form: form.id == "step")
        if step is None:
            return self._on(page)
        if step.names("p0-"):
            return self._people(page, step)
        if "email" in step.names():
            return self._contact(page, step)
        if "shown" in step.names() and not step.values("terms") and not step.values("method"):
            return self._services(page, step)
        if step.values("terms") or step.values("method"):
            return self._payment(page, step)
        return self._lodging(page, step)

    def _people(self, page, step):
        words = {"p0-first_name": "Camille", "p0-last_name": f"Banc {self.number}", "p0-institution": "Office de tourisme"}
        words |= {"p0-with_companion": True, "p0-c_first_name": "Dominique", "p0-c_last_name": f"Banc {self.number}"}
        for name, value in words.items():
            step.set(name, value)
        return self._moved(page, self.browser.send(page, step, ("do", "save")))

    def _services(self, page, step):
        """What is compulsory in one tap; else the first thing that is not full, for the first who may have it."""
        take = step.button("do", "take")
        offers = [name for name in dict.fromkeys(step.names("o")) if re.fullmatch(r"o\d+", name)]
        if not take and offers and not any(sent for name, _v, kind, sent in step.fields if kind == "checkbox"):
            step.set(offers[0], step.values(offers[0])[0])
        after = self.browser.send(page, step, take or ("do", "next"))
        if after.status == 422:  # a choice for everybody is asked: all of what is not full
            again = after.form(lambda form: form.id == "step")
            for name in offers:
                for value in again.values(name):
                    again.set(name, value)
            after = self.browser.send(after, again, ("do", "next"))
        return self._moved(page, after)

    def _lodging(self, page, step):
        if page.path in self.served:
            return self._moved(page, self.browser.send(page, step))
        self.served.add(page.path)
        hotels = list(dict.fromkeys(link for link in page.links if re.search(r"/hotel/\d+/", link)))
        if not hotels:
            return self._moved(page, self.browser.send(page, step))
        sheet = self.browser.get(hotels[self.number % len(hotels)])
        room = sheet.form(lambda form: "choice" in form.names())
        if room is None:
            raise Full("the hotel is full")
        after = self.browser.send(sheet, room)
        if after.status == 422:
            raise Full("the room is gone")
        self.held_at = time.perf_counter()
        return after

    def _contact(self, page, step):
        words = {
            "email": f"banc-{RUN}-{self.number}@example.org",
            "first_name": "Camille",
            "last_name": f"Banc {self.number}",
            "address": "8 quai Carnot",
            "postcode": "49400",
            "town": "Saumur",
        }
        for name, value in words.items():
            step.set(name, value)
        return self._moved(page, self.browser.send(page, step))

    def _payment(self, page, step):
        methods = step.values("method")
        for method in ("TRANSFER", "CHEQUE", *methods[:1]):
            if method in methods:
                step.set("method", method)
                break
        step.set("terms", True)
        return self._moved(page, self.browser.send(page, step))

    def _on(self, page):
        """A page to read: on to what it leads to."""
        link = page.link(r"/step/contact/$") or _fail(page, "no way on")
        return self.browser.get(link)

    def _moved(self, before, after):
        if after.status >= 400:
            _fail(after, f"{after.status}")
        return after


class Full(Failed):
    """What was wanted is gone, and the page says so."""


def _unless_full(page):
    """The page, unless it says that no room is left at all: who wants one leaves there."""
    if 'id="no-room"' in page.text:
        raise Full("no room is left")
    return page


def _fail(page, words):
    raise Failed(f"{words} at {stage_of(page.url)}")


# -- many at once ---------------------------------------------------------------------------------------------------


def at_once(clients, count, each):
    """Call `each(number)` `count` times from `clients` threads; (results, errors by words, seconds of each, seconds of all)."""
    numbers, lock = iter(range(1, count + 1)), threading.Lock()
    results, errors, seconds = [], {}, []

    def work():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            began = time.perf_counter()
            try:
                result = each(number)
            except Exception as error:
                words = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
                with lock:
                    errors[words] = errors.get(words, 0) + 1
                continue
            with lock:
                results.append(result)
                seconds.append(time.perf_counter() - began)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, errors, seconds, time.perf_counter() - began


def percentile(values, share):
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3) if ordered else None
