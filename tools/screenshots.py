"""The pictures of README.md: makes a demo in a temporary folder, serves it, visits its desks, writes `docs/screens/*.png`.

    .venv-test/bin/python tools/screenshots.py [NAME …]

`--url http://…` visits a demo that runs already. The demo's dates are those of the day, so pictures differ from one day to
the next by these alone. Needs Chromium.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SCREENS = ROOT / "docs" / "screens"
PASSWORD = "pleniere-demo"
LEAD, HOTEL, ORGANISER = "luc@saint-etienne.example", "hana@deux-rives.example", "oscar@cluster.example"
OFFICE, DESK, PHONE = {"width": 1440, "height": 900}, {"width": 1280, "height": 800}, {"width": 390, "height": 844}
CONGRESS = "/office/congresses/ctv/"


@contextmanager
def demo() -> Iterator[str]:
    """The address of a new demo, served until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="pleniere-screens-") as folder:
        environment = {**os.environ, "PLENIERE_VAR": folder, "PLENIERE_DEMO": "1", "PLENIERE_WEB_WORKERS": "1"}
        environment.pop("DATABASE_URL", None)
        words = [sys.executable, "-m", "pleniere.config.serve", "--port", str(port)]
        server = subprocess.Popen(words, cwd=ROOT, env=environment)
        try:
            wait(f"http://127.0.0.1:{port}/", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def wait(url: str, server: subprocess.Popen) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=30).close()
            return
        except OSError:
            if server.poll() is not None:
                sys.exit("the demo could not be served (see above)")
            time.sleep(0.3)


# -- what is shown --------------------------------------------------------------------------------------------------


def first(page: Page, address: str, link: str = "main tbody a") -> None:
    """Follow the first link of a list."""
    page.goto(address)
    page.goto(page.locator(link).first.get_attribute("href"))


def begin(page: Page) -> None:
    page.goto("/c/ctv/")
    page.locator("form[action$='/begin/'] button").first.click()
    page.fill("[name=p0-first_name]", "Claire")
    page.fill("[name=p0-last_name]", "Fournier")
    page.click(".next .button--main")
    page.wait_for_url("**/step/fee/")
    page.click(".next .button--main")
    page.wait_for_url("**/step/lodging/")


def cart(page: Page) -> None:
    begin(page)
    page.select_option("[name=adults]", "1")
    page.click(".search button")
    page.wait_for_url("**adults=1**")
    page.click(".hotel__buy a")
    page.click(".room .button--big")
    page.wait_for_url("**/step/lodging/**")
    page.goto(page.url.split("/step/")[0] + "/step/cart/")
    page.locator("main h2").first.scroll_into_view_if_needed()


SHOTS: dict[str, tuple[str, dict[str, int], Callable[[Page], object]]] = {
    "welcome": ("", DESK, lambda page: page.goto("/c/ctv/")),
    "lodging": ("", DESK, begin),
    "cart-phone": ("", PHONE, cart),
    "answer-phone": (HOTEL, PHONE, lambda page: first(page, "/hotel/", "main a[href*='/requests/']")),
    "organiser": (ORGANISER, DESK, lambda page: page.goto("/organiser/")),
    "today": (LEAD, OFFICE, lambda page: page.goto("/office/")),
    "synthesis": (LEAD, OFFICE, lambda page: first(page, CONGRESS + "requests/")),
    "bookings": (LEAD, OFFICE, lambda page: page.goto(CONGRESS + "bookings/")),
    "booking": (LEAD, OFFICE, lambda page: first(page, CONGRESS + "bookings/?state=FIRM&money=PAID")),
    "planning": (LEAD, OFFICE, lambda page: page.goto(CONGRESS + "planning/")),
    "payments": (LEAD, OFFICE, lambda page: page.goto("/office/payments/")),
    "payouts": (LEAD, OFFICE, lambda page: page.goto(CONGRESS + "payouts/")),
    "books": (LEAD, OFFICE, lambda page: page.goto("/office/books/")),
}


def sign_in(page: Page, who: str) -> None:
    page.goto("/account/login/")
    page.fill("main [name=login]", who)
    page.fill("main [name=password]", PASSWORD)
    page.press("main [name=password]", "Enter")
    page.wait_for_url(lambda url: "/account/login/" not in url)


def shoot(browser: Browser, url: str, name: str) -> None:
    who, size, visit = SHOTS[name]
    context = browser.new_context(base_url=url, viewport=size, locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    if who:
        sign_in(page, who)
    visit(page)
    page.wait_for_load_state("networkidle")
    picture = Image.open(BytesIO(page.screenshot(animations="disabled")))
    picture.quantize(64, dither=Image.Dither.NONE).save(SCREENS / f"{name}.png", optimize=True)  # a quarter of the size
    print(f"{name}.png  {(SCREENS / f'{name}.png').stat().st_size // 1000} KB  {page.title()}")
    context.close()


def visit(url: str, names: list[str]) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in names:
            shoot(browser, url, name)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SHOTS))
    parser.add_argument("--url")
    options = parser.parse_args()
    names = options.names or list(SHOTS)
    if unknown := set(names) - set(SHOTS):
        parser.error(f"no picture {', '.join(sorted(unknown))}; there are: {', '.join(SHOTS)}")
    if options.url:
        visit(options.url, names)
        return
    with demo() as url:
        visit(url, names)


if __name__ == "__main__":
    main()
