#!/usr/bin/env python3
"""Replay a draw from its published file: `python3 replay.py FILE`. Needs Python 3 and nothing else.

The rule, whole:
1. The list was frozen when the entries closed; its SHA-256 was published then, that of the secret seed before anybody entered.
2. Each group (an entry alone is one, named by its first entry's number) gets the ticket SHA-256("seed|public|list|number"), in
   hexadecimal: `public` is the word of the source announced (empty if none), `list` the SHA-256 of the frozen list.
3. Groups are served by ascending ticket. Each gets its best choice that leaves it all its rooms on every night, or nothing.
The program itself draws with this very file.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

FORMAT = "pleniere-draw-1"


def canonical(frozen: dict[str, Any]) -> str:
    """The one way of writing a list, so that it has one SHA-256."""
    return json.dumps(frozen, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def ticket(seed: str, public: str, list_sha256: str, number: int) -> str:
    """What a group is drawn by: the least comes first."""
    return sha256(f"{seed}|{public}|{list_sha256}|{number}")


def order(frozen: dict[str, Any], seed: str, public: str) -> list[int]:
    """The groups' numbers, as they are served."""
    mark = sha256(canonical(frozen))
    return sorted({entry["group"] for entry in frozen["entries"]}, key=lambda number: ticket(seed, public, mark, number))


def nights(choice: dict[str, Any]) -> list[str]:
    day, end = date.fromisoformat(choice["arrival"]), date.fromisoformat(choice["departure"])
    return [(day + timedelta(days=n)).isoformat() for n in range((end - day).days)]


def drawn(frozen: dict[str, Any], seed: str, public: str) -> list[dict[str, Any]]:
    """Who gets what: for each entry, by number, its group's place and choice (0: none), and why each better choice was not to be had."""
    left = {room: dict(by_night) for room, by_night in frozen["rooms"].items()}
    groups: dict[int, list[dict[str, Any]]] = {}
    for entry in frozen["entries"]:
        groups.setdefault(entry["group"], []).append(entry)
    found: list[dict[str, Any]] = []
    for place, number in enumerate(order(frozen, seed, public), start=1):
        needed = sum(entry["rooms"] for entry in groups[number])
        choices = next(entry["choices"] for entry in groups[number] if entry["number"] == number)
        got = 0
        refused: list[dict[str, Any]] = []
        for rank, choice in enumerate(choices, start=1):
            has = left.get(choice["room"], {})
            short = next((night for night in nights(choice) if has.get(night, 0) < needed), None)
            if short is None:
                for night in nights(choice):
                    has[night] -= needed
                got = rank
                break
            refused.append({"choice": rank, "night": short, "left": has.get(short, 0), "needed": needed})
        for entry in groups[number]:
            found.append({"entry": entry["number"], "place": place, "choice": got, "refused": refused})
    return sorted(found, key=lambda each: each["entry"])


def check(published: dict[str, Any]) -> Iterator[str]:
    """What does not agree in a published draw; nothing if all does."""
    frozen, seed, public = published["list"], published["seed"], published.get("public", "")
    if published.get("format") != FORMAT:
        yield f"this is no {FORMAT} file"
    if sha256(seed) != published["commitment"]:
        yield "the seed is not the one that was announced"
    if sha256(canonical(frozen)) != published["list_sha256"]:
        yield "the list is not the one that was frozen"
    if order(frozen, seed, public) != published["order"]:
        yield "the order is another"
    theirs = {each["entry"]: each for each in published["result"]}
    ours = {each["entry"]: each for each in drawn(frozen, seed, public)}
    for number in sorted({*theirs, *ours}):
        if theirs.get(number) != ours.get(number):
            yield f"entry {number}: published {theirs.get(number)}, replayed {ours.get(number)}"


def main(name: str) -> int:
    with open(name, encoding="utf-8") as file:
        published = json.load(file)
    wrong = list(check(published))
    for line in wrong:
        print(line)
    if not wrong:
        entries, won = len(published["result"]), sum(1 for each in published["result"] if each["choice"])
        print(f"{published['draw']}: replayed, {entries} entries, {won} drawn. All agrees.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
