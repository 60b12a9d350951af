"""Processes that sell and processes that work, killed amid sales: nothing promised is lost, nothing happens twice."""

import collections
import json
import os
import sqlite3
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.db import connection

from pleniere.accounts.models import Bureau
from pleniere.booking.tests.world import seminar
from pleniere.ledger.chart import make_chart
from pleniere.messaging.tests.test_outbox import Box, start

SECONDS = 6
NOTHING = ("failed", "lost bookings", "lost money", "doubled money", "oversold", "still held", "left undone", "differences")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sellers_and_workers_killed_amid_sales_lose_and_double_nothing(tmp_path, settings):
    box = Box()
    controller = start(box)
    try:
        seminar(rooms=40)
        make_chart("ASSOCIATION")
        Bureau.objects.update(smtp_host="127.0.0.1", smtp_port=box.port, smtp_security="NONE")
        words = [sys.executable, "-m", "pleniere.accounting.tests.selling", tmp_path / "log", str(SECONDS)]
        environment = {
            **os.environ,
            "PYTHONPATH": str(settings.ROOT),
            "PLENIERE_VAR": str(tmp_path),
            "PLENIERE_LEASE": "1",
            "DATABASE_URL": same_database(tmp_path),
        }
        done = subprocess.run(words, env=environment, cwd=settings.ROOT, capture_output=True, text=True, timeout=120)
    finally:
        controller.stop()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert {name: found[name] for name in NOTHING if found[name]} == {}, done.stderr
    assert found["deaths"] > 5 and found["placed"] > 3 and found["receipts"] > 3, found
    copies = collections.Counter(mail["Message-ID"] for mail in box.mails)
    assert len(copies) == found["messages"] == found["receipts"]  # one mail per receipt, whoever died
    assert sum(copies.values()) <= len(copies) + found["dead workers"]  # at most the one in hand again, under its own id


def same_database(folder):
    """The test's own database for other processes; on SQLite a copy of it, since in memory it is nobody else's."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    path = folder / "selling.sqlite3"
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    copy.close()
    return f"sqlite:///{path}"
