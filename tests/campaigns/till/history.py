"""A random load of tills that repeat, lose answers and are cut off; its log; and what must be true of the house by that log.

A till asks, perhaps three times, perhaps out of order; it may never read the answer, and its connection may be killed under
it. The log has every attempt. What the house says it did is in the operations; what it has is in its tables. All three must agree
(``agreement``).
"""

import logging
import random
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, connection, connections
from django.db.backends.signals import connection_created

from tests.brakes import session
from tests.campaigns.till.house import House, cash
from tests.campaigns.till.pricing import QUOTES, basket
from tests.connections import PATIENCE

KILLED = (
    "terminating connection",
    "server closed the connection",
    "connection is closed",
    "connection is lost",
)
GONE = (OperationalError, InterfaceError)
UNAVAILABLE = 503
DONE, REFUSED, LOST = "done", "refused", "lost"


class Asked(NamedTuple):
    verb: str
    number: str
    body: dict

    @property
    def key(self) -> str:
        return self.body["key"]


class Attempt(NamedTuple):
    """``began`` and ``ended``: by the clock of all tills; ``error``: what the house logged of it."""

    till: str
    asked: Asked
    outcome: str
    status: int
    answer: dict
    began: float
    ended: float
    error: str = ""


class Kill(NamedTuple):
    at: float
    pid: int
    state: str
    statement: str


@dataclass
class Log:
    """``heard``: what failed, by its thread; ``opened``: which till opened a connection, by its pid."""

    seed: int
    attempts: list[Attempt] = field(default_factory=list)
    again: list[Asked] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    heard: dict[int, BaseException] = field(default_factory=dict)
    opened: dict[int, str] = field(default_factory=dict)
    kills: list[Kill] = field(default_factory=list)

    def note_opened(self, *, connection, **_more: object) -> None:
        self.opened[connection.connection.info.backend_pid] = threading.current_thread().name

    def was_killed(self, till: str, since: float) -> bool:
        return any(self.opened.get(kill.pid) == till and kill.at >= since for kill in self.kills)

    def of(self, outcome: str) -> dict[str, list[Attempt]]:
        found = defaultdict(list)
        for attempt in self.attempts:
            if attempt.outcome == outcome:
                found[attempt.asked.key].append(attempt)
        return found


class Heard(logging.Handler):
    """What the house logs of a request that failed, by its thread."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.log.heard[threading.get_ident()] = record.exc_info[1]


class Till(threading.Thread):
    """One till with its own connection: sale after sale, and of all tills what is to be asked again, in any order."""

    def __init__(self, house: House, log: Log, name: str, *, sales: int, seed: int) -> None:
        super().__init__(name=name)
        self.house, self.log, self.sales, self.dice = house, log, sales, random.Random(f"{seed}:{name}")

    def run(self) -> None:
        try:
            for sale in range(self.sales):
                for asked in self._sale(f"{self.name}-{sale}"):
                    self._often(asked)
            while self._repeat():
                pass
        except Exception:
            self.log.broken.append(f"{self.name}: {traceback.format_exc()}")
        finally:
            connections.close_all()

    def _sale(self, number: str):
        """What is asked for one sale; what follows depends on what was answered."""
        dice, buyer = self.dice, self._buyer()
        price = Decimal(dice.choice(["90.00", "120.00", "300.00", "310.00"]))
        told = basket(str(price), **buyer)
        pays = self.house.pay(str(dice.randint(1, 40))) if buyer.get("oneid") and dice.random() < 0.5 else []
        if dice.random() < 0.3:
            yield Asked("put", number, {"key": f"{number}.put", "revision": 1, "basket": told})
        if dice.random() < 0.3:
            wrong = {"key": f"{number}.wrong", "basket": told, "payments": cash("0.01")}
            yield Asked("commit", number, wrong)
        if dice.random() < 0.6:
            hold = Asked("hold", number, {"key": f"{number}.hold", "basket": told, "pays": pays})
            yield hold
            due = self._last(hold).get("due")
            if due is None or dice.random() < 0.25:
                yield Asked("cancel", number, {"key": f"{number}.cancel"})
                return
            commit = Asked(
                "commit", number, {"key": f"{number}.commit", "payments": cash(due) if Decimal(due) else []}
            )
        else:
            commit = self._at_once(number, told, pays, price)
        yield commit
        if dice.random() < 0.35:
            lines = [{"line": 1, "quantity": "1"}]
            yield Asked("returns", number, {"key": f"{number}.back", "number": f"{number}R", "lines": lines})

    def _buyer(self) -> dict:
        told = {}
        if self.dice.random() < 0.7:
            told["oneid"] = self.dice.choice(self.house.accounts).member.oneid
        if self.dice.random() < 0.4:
            told["coupons"] = [self.house.coupon.code]
        return told

    def _at_once(self, number: str, told: dict, pays: list, price: Decimal) -> Asked:
        """The customer was quoted a price; by now it may be another, and then the sale is refused."""
        status, answer, _error = self._answered("a quote", lambda: self.house.till.post(QUOTES, told))
        total = answer["total"] if status == 200 else str(price)
        due = Decimal(total) - sum(Decimal(each["amount"]) for each in pays)
        payments = cash(str(due)) if due else []
        return Asked(
            "commit", number, {"key": f"{number}.commit", "basket": told, "pays": pays, "payments": payments}
        )

    def _often(self, asked: Asked) -> None:
        self._ask(asked)
        if self.dice.random() < 0.4:
            self._ask(asked)
        if self.dice.random() < 0.4:
            self.log.again.append(asked)
        if self.dice.random() < 0.3:
            self._repeat()

    def _repeat(self) -> bool:
        try:
            asked = self.log.again.pop(self.dice.randrange(len(self.log.again) or 1))
        except IndexError:  # nothing is left, or another till was faster
            return False
        self._ask(asked)
        return True

    def _ask(self, asked: Asked) -> None:
        began = time.monotonic()
        status, told, error = self._answered(
            asked, lambda: self.house.ask(asked.verb, asked.number, asked.body)
        )
        outcome = LOST
        if status < 500 and self.dice.random() > 0.15:  # else nobody reads it
            outcome = DONE if status == 200 else REFUSED
        self.log.attempts.append(
            Attempt(self.name, asked, outcome, status, told, began, time.monotonic(), error)
        )

    def _answered(self, what: object, ask: Callable[[], object]) -> tuple[int, dict, str]:
        """Status, answer, and what went wrong: only because its connection was killed, or was being opened."""
        began, error = time.monotonic(), None
        self.log.heard.pop(threading.get_ident(), None)
        try:
            answer = ask()
            status, told = answer.status_code, answer.json()
        except Exception as raised:  # the client of the tests lets some through
            status, told, error = UNAVAILABLE, {}, raised
        if status < 500:
            return status, told, ""
        error = error or self.log.heard.get(threading.get_ident())
        said = "".join(traceback.format_exception(error)) if error else str(told)
        if not (status == UNAVAILABLE and self._is_killed(error, began)):
            self.log.broken.append(f"{self.name}: {what}: {status}: {said}")
        connections.close_all()
        return status, told, said

    def _is_killed(self, error: BaseException | None, since: float) -> bool:
        signed = any(sign in str(error) for sign in KILLED)
        return isinstance(error, GONE) and (signed or self.log.was_killed(self.name, since))

    def _last(self, asked: Asked) -> dict:
        done = [each.answer for each in self.log.attempts if each.asked == asked and each.outcome == DONE]
        return done[-1] if done else {}


class Killer(threading.Thread):
    """Ends a connection of a till every now and then, whatever it is doing."""

    def __init__(self, log: Log, spared: list[int], *, every: float) -> None:
        super().__init__(name="killer")
        self.log, self.spared, self.every = log, spared, every
        self.dice, self.over = random.Random(log.seed), threading.Event()

    def run(self) -> None:
        others = (
            "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle' ORDER BY pid"
        )
        with session(autocommit=True) as link:
            while not self.over.wait(self.dice.random() * 2 * self.every):
                if found := link.execute(others, [self.spared]).fetchall():
                    pid, state, query = self.dice.choice(found)
                    self.log.kills.append(Kill(time.monotonic(), pid, state, " ".join(query.split())))
                    link.execute("SELECT pg_terminate_backend(%s)", [pid])


def load(house: House, *, tills: int, sales: int, seed: int, every: float) -> Log:
    log = Log(seed)
    connection.ensure_connection()
    killer = Killer(log, [connection.connection.info.backend_pid], every=every)
    threads = [Till(house, log, f"T{number}", sales=sales, seed=seed) for number in range(tills)]
    heard, requests = Heard(log), logging.getLogger("django.request")
    requests.addHandler(heard)
    connection_created.connect(log.note_opened)
    try:
        for thread in (killer, *threads):
            thread.start()
        for thread in threads:
            thread.join(timeout=PATIENCE)
            assert not thread.is_alive()
    finally:
        killer.over.set()
        killer.join()
        connection_created.disconnect(log.note_opened)
        requests.removeHandler(heard)
    return log
