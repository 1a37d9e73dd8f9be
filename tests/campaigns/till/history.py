"""A random load of tills that repeat, lose answers and are cut off; its log; and what must be true of the house by that log.

A till asks, perhaps three times, perhaps out of order; it may never read the answer, and its connection may be killed under
it. The log has every attempt. What the house says it did is in the operations; what it has is in its tables. All three must agree.
"""

import logging
import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import msgspec
from django.db import connection, connections

from campaigns.models import OfferUse, PriceProof, Reward, TillOperation, TillOrder, UseCounter
from members.models import Event, Order, Return
from tests.brakes import session
from tests.campaigns import pots
from tests.campaigns.till.house import LESS, POINTS, SEVEN, STORED, House, cash
from tests.campaigns.till.pricing import basket
from tests.connections import PATIENCE
from tests.members.ledger import purses

KILLED = (
    "terminating connection",
    "server closed the connection",
    "connection is closed",
    "connection is lost",
)
DONE, REFUSED, LOST = "done", "refused", "lost"


class Asked(NamedTuple):
    verb: str
    number: str
    body: dict

    @property
    def key(self) -> str:
        return self.body["key"]


class Attempt(NamedTuple):
    """``began`` and ``ended``: by the clock of all tills."""

    asked: Asked
    outcome: str
    answer: dict
    began: float
    ended: float


@dataclass
class Log:
    attempts: list[Attempt] = field(default_factory=list)
    again: list[Asked] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    heard: dict[int, BaseException] = field(default_factory=dict)

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
        except Exception as error:
            self.log.broken.append(repr(error))
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
        answer = self.house.till.post("/api/v1/pos/quotes", told)
        total = answer.json()["total"] if answer.status_code == 200 else str(price)
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
        try:
            answer = self.house.ask(asked.verb, asked.number, asked.body)
            status, told = answer.status_code, answer.json()
        except Exception as error:  # the client of the tests lets some through
            status, told = 500, {"detail": repr(error)}
        outcome = LOST
        if status >= 500:
            self._cut(asked, told)
        elif self.dice.random() > 0.15:  # else nobody reads it
            outcome = DONE if status == 200 else REFUSED
        self.log.attempts.append(Attempt(asked, outcome, told, began, time.monotonic()))

    def _cut(self, asked: Asked, told: dict) -> None:
        """Without a killed connection there is no reason to fail."""
        error = str(self.log.heard.pop(threading.get_ident(), told))
        if not any(sign in error for sign in KILLED):
            self.log.broken.append(f"{asked}: {error}")
        connections.close_all()

    def _last(self, asked: Asked) -> dict:
        done = [each.answer for each in self.log.attempts if each.asked == asked and each.outcome == DONE]
        return done[-1] if done else {}


class Killer(threading.Thread):
    """Ends a connection of a till every now and then, whatever it is doing."""

    def __init__(self, spared: list[int], *, every: float, seed: int) -> None:
        super().__init__(name="killer")
        self.spared, self.every, self.dice, self.over, self.kills = (
            spared,
            every,
            random.Random(seed),
            threading.Event(),
            0,
        )

    def run(self) -> None:
        others = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle' ORDER BY pid"
        )
        with session(autocommit=True) as link:
            while not self.over.wait(self.dice.random() * 2 * self.every):
                if pids := [pid for (pid,) in link.execute(others, [self.spared])]:
                    link.execute("SELECT pg_terminate_backend(%s)", [self.dice.choice(pids)])
                    self.kills += 1


def load(house: House, *, tills: int, sales: int, seed: int, every: float) -> tuple[Log, int]:
    """Its log, and how many connections were killed."""
    log = Log()
    connection.ensure_connection()
    killer = Killer([connection.connection.info.backend_pid], every=every, seed=seed)
    threads = [Till(house, log, f"T{number}", sales=sales, seed=seed) for number in range(tills)]
    heard, requests = Heard(log), logging.getLogger("django.request")
    requests.addHandler(heard)
    killer.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE)
        assert not thread.is_alive()
    killer.over.set()
    killer.join()
    requests.removeHandler(heard)
    return log, killer.kills


def faults(house: House, log: Log) -> list[str]:
    """What of the house disagrees with the log: nothing."""
    kept = list(TillOperation.objects.order_by("id"))
    return [*log.broken, *_of_keys(log, kept), *_of_sales(log, kept), *_of_sums(house, log, kept)]


def _of_keys(log: Log, kept: list[TillOperation]):
    """Acknowledged: it happened, and was answered so each time. Refused and never lost: it did not happen."""
    happened = {each.key: msgspec.json.decode(each.answer) for each in kept}
    done, refused, lost = log.of(DONE), log.of(REFUSED), log.of(LOST)
    if len(happened) != len(kept):
        yield "a key happened twice"
    for key, attempts in done.items():
        if any(each.answer != happened.get(key) for each in attempts):
            yield f"{key}: acknowledged, and not kept as it was answered"
    yield from (
        f"{key}: refused each time, and happened"
        for key in refused.keys() - done.keys() - lost.keys()
        if key in happened
    )
    for key, attempts in refused.items():
        known = min((each.ended for each in done.get(key, ())), default=float("inf"))
        if any(each.began > known and not each.answer["type"].endswith("in-flight") for each in attempts):
            yield f"{key}: acknowledged, and refused when it was asked again"
    asked = done.keys() | refused.keys() | lost.keys()
    yield from (f"{key}: happened, and was never asked" for key in happened.keys() - asked)


def _of_sales(log: Log, kept: list[TillOperation]):
    """Each sale is where its operations leave it, and is one order, one event and one proof if it was sold."""
    verbs = defaultdict(list)
    for each in kept:
        verbs[each.key.rpartition(".")[0]].append(each.verb)
    states = dict(TillOrder.objects.values_list("number", "state"))
    if states.keys() != verbs.keys():
        yield f"sales without operations or the reverse: {states.keys() ^ verbs.keys()}"
    after = {"put": "open", "hold": "held", "commit": "committed", "cancel": "cancelled"}
    for number, done in verbs.items():
        own = [verb for verb in done if verb in after]
        if states.get(number) != after[own[-1]]:
            yield f"{number}: {done}, and is {states.get(number)}"
    sold = sorted(number for number, done in verbs.items() if "commit" in done)
    back = sorted(
        f"{number}R" for number, done in verbs.items() if any(verb.startswith("return") for verb in done)
    )
    for name, found, wanted in (
        ("orders", Order.objects.values_list("external_id", flat=True), sold),
        (
            "events of payment",
            Event.objects.filter(name="order.paid").values_list("properties__order", flat=True),
            sold,
        ),
        ("proofs", PriceProof.objects.values_list("sale__number", flat=True), sold),
        ("returns", Return.objects.values_list("external_id", flat=True), back),
    ):
        if sorted(found) != wanted:
            yield f"{name}: {sorted(found)} instead of {wanted}"
    if sorted(PriceProof.objects.values_list("number", flat=True)) != list(range(1, len(sold) + 1)):
        yield "the chain of proofs has a gap"


class _Sale(NamedTuple):
    """What a sale that is held or sold has by what was asked and answered."""

    price: Decimal
    total: Decimal
    stored: Decimal
    member: str
    sold: bool
    back: bool

    @property
    def less(self) -> int:
        return int((self.price - self.total) // LESS)

    @property
    def coupon(self) -> int:
        return int((self.price - self.total) % LESS == SEVEN)


def _standing(log: Log, kept: list[TillOperation]) -> list[_Sale]:
    asked = {each.asked.key: each.asked for each in log.attempts}
    by_sale = defaultdict(dict)
    for each in kept:
        by_sale[each.key.rpartition(".")[0]][each.key.rpartition(".")[2]] = msgspec.json.decode(each.answer)
    found = []
    for number, done in by_sale.items():
        if "cancel" in done or not done.keys() & {"hold", "commit"}:
            continue
        first = "hold" if "hold" in done else "commit"
        body = asked[f"{number}.{first}"].body
        given = body["basket"]
        stored = sum((Decimal(each["amount"]) for each in body["pays"]), Decimal())
        total = Decimal(done[first]["total"])
        price = Decimal(given["lines"][0]["unit_price"])
        found.append(_Sale(price, total, stored, given.get("oneid", ""), "commit" in done, "back" in done))
    return found


def _of_sums(house: House, log: Log, kept: list[TillOperation]):
    """Coupon, cap, budget, points and stored value are what the sales that happened leave of them."""
    sales = _standing(log, kept)
    now = [each for each in sales if not each.back]
    used, coupons = sum(each.less for each in now), sum(each.coupon for each in now)
    reserved = sum((each.less * LESS for each in sales if not each.sold), Decimal())
    spent = sum((each.less * LESS for each in now if each.sold), Decimal())
    house.coupon.refresh_from_db()
    state = {
        0: ("made", "claimed"),
        1: ("redeemed",) if any(each.coupon and each.sold for each in now) else ("held",),
    }
    counted = UseCounter.objects.values_list("used", flat=True).first() or 0
    uses = sum(OfferUse.objects.filter(offer="SUMMER-1", returned_at=None).values_list("times", flat=True))
    minor = [int(each * 100) for each in (house.given, reserved, spent, house.given - reserved - spent)]
    for name, found, fits in (
        ("coupon", (house.coupon.state, coupons), house.coupon.state in state.get(coupons, ())),
        ("counter", (counted, uses, used), counted == uses == used <= house.cap),
        ("budget", (pots.standing(house.money), minor), list(pots.standing(house.money)) == minor),
        ("ledger", purses.faults(), not purses.faults()),
        (
            "rewards",
            Reward.objects.filter(state="due").count(),
            not Reward.objects.filter(state="due").exists(),
        ),
    ):
        if not fits:
            yield f"{name}: {found}"
    for account in house.accounts:
        own = [each for each in now if each.member == account.member.oneid]
        stored = STORED - sum(each.stored for each in own)
        points = sum(POINTS for each in own if each.sold and each.price >= 100)
        found = purses.available(account, house.card), purses.available(account, house.club)
        if found != (stored, points):
            yield f"{account}: {found} instead of {(stored, points)}"
