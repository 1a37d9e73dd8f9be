"""What a till must not forget, in a file of its own: each request is written down with its key before it is sent, each
sale without a line before the customer leaves. One JSON a line; a line that a crash cut in two is left out."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

SENT, ANSWERED, OFFLINE, VERDICT, SALE, KEPT = "sent", "answered", "offline", "verdict", "sale", "kept"
DECIDED = ("accepted", "corrected")


class InUse(RuntimeError):
    """Another till writes this file."""


class Sent(NamedTuple):
    """``about``: number of the sale."""

    key: str
    method: str
    path: str
    body: Any
    about: str


class Journal:
    """``sale``: what stood in the sale when it was last kept; ``kept``: the rules and the keys to check them by."""

    def __init__(self, place: Path) -> None:
        """Raises InUse."""
        place.parent.mkdir(parents=True, exist_ok=True)
        self.file = place.open("a+b")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            self.file.close()
            raise InUse(
                f"{place} is another till's: end that one, or give this one --journal of its own"
            ) from held
        os.fchmod(self.file.fileno(), 0o600)
        self.pending: dict[str, Sent] = {}
        self.waiting: dict[str, dict] = {}
        self.refused: dict[str, dict] = {}
        self.sale: dict | None = None
        self.kept: dict[str, Any] = {}
        for entry in self._read():
            self._follow(entry)

    def send(self, sent: Sent) -> None:
        self._write({"entry": SENT, **sent._asdict()})

    def answered(self, key: str, status: int) -> None:
        self._write({"entry": ANSWERED, "key": key, "status": status})

    def offline(self, item: dict) -> None:
        self._write({"entry": OFFLINE, "item": item})

    def verdict(self, key: str, state: str) -> None:
        self._write({"entry": VERDICT, "key": key, "state": state})

    def keep_sale(self, sale: dict | None) -> None:
        self._write({"entry": SALE, "sale": sale})

    def keep(self, name: str, value: object) -> None:
        self._write({"entry": KEPT, "name": name, "value": value})

    def close(self) -> None:
        self.file.close()

    def _write(self, entry: dict) -> None:
        """On the disk before anything else happens."""
        self.file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self._follow(entry)

    def _read(self) -> Iterator[dict]:
        self.file.seek(0)
        lines = self.file.read().split(b"\n")
        if lines[-1]:  # cut in two: what comes after it begins a line
            self.file.write(b"\n")
        for line in lines:
            try:
                entry = json.loads(line) if line else None
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry

    def _follow(self, entry: dict) -> None:
        match entry.get("entry"):
            case "sent":
                told = {name: entry[name] for name in Sent._fields}
                self.pending[entry["key"]] = Sent(**told)
            case "answered":
                self.pending.pop(entry["key"], None)
            case "offline":
                self.waiting[entry["item"]["key"]] = entry["item"]
            case "verdict":
                self._decide(entry["key"], entry["state"])
            case "sale":
                self.sale = entry["sale"]
            case "kept":
                self.kept[entry["name"]] = entry["value"]

    def _decide(self, key: str, state: str) -> None:
        """What waits for its sale is sent again; what is refused stays with the house, and here to be looked at."""
        item = self.waiting.get(key)
        if item is not None and state != "waiting":
            del self.waiting[key]
            if state == "refused":
                self.refused[key] = item
