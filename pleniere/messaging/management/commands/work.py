"""`manage.py work`: the worker. Sends the outbox, does jobs and what comes round by the clock, until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import CommandParser
from django.db import OperationalError, close_old_connections

from pleniere.common.commands import BureauCommand
from pleniere.messaging.worker import work_once


class Command(BureauCommand):
    help = "Sends queued mails, does jobs and periodic work. Stops cleanly on TERM; killed, it loses and doubles nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")
        parser.add_argument("--until-idle", action="store_true", help="end when nothing is due")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between two looks (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            close_old_connections()
            try:
                done = work_once(stop.is_set)
            except OperationalError as error:  # the database is away or busy: it comes back
                if options["once"] or options["until_idle"]:
                    raise
                self.stderr.write(f"database: {error}")
                stop.wait(5)
                continue
            if options["once"] or (options["until_idle"] and not done):
                return
            if not done:
                stop.wait(options["interval"])
