"""What must be true of the house by the log of its tills: nothing else happened, and all of it once."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from campaigns.models import OfferUse, PriceProof, Reward, TillOperation, TillOrder, UseCounter
from members.models import Event, Order, Return
from tests.campaigns import pots
from tests.campaigns.till.history import DONE, LOST, REFUSED, Log
from tests.campaigns.till.house import LESS, POINTS, SEVEN, STORED, House
from tests.members.ledger import purses


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


def told(log: Log) -> str:
    """All that happened, in order of time, and what the house has of it: for whoever has to explain a disagreement."""
    first = min((attempt.began for attempt in log.attempts), default=0)
    lines = sorted([*_attempts(log), *_kills(log)])
    kept = [
        f"{each.id} {each.verb} {each.key}: {each.answer}" for each in TillOperation.objects.order_by("id")
    ]
    states = [" ".join(row) for row in TillOrder.objects.order_by("number").values_list("number", "state")]
    happened = [f"{at - first:8.3f} {line}" for at, line in lines]
    errors = [f"{each.asked.key}:\n{each.error}" for each in log.attempts if each.error]
    return "\n".join(
        [
            f"seed {log.seed}",
            *happened,
            "KEPT",
            *kept,
            "SALES",
            *states,
            "ASKED",
            *_bodies(log),
            "ERRORS",
            *errors,
        ]
    )


def _attempts(log: Log) -> Iterator[tuple[float, str]]:
    for each in log.attempts:
        said = each.answer.get("type") or each.answer.get("state") or each.answer
        yield (
            each.began,
            f"{each.till} {each.asked.key} took {each.ended - each.began:.3f}: {each.outcome} {each.status} {said}",
        )


def _kills(log: Log) -> Iterator[tuple[float, str]]:
    for each in log.kills:
        yield (
            each.at,
            f"killed: {log.opened.get(each.pid, 'whose?')} pid {each.pid} {each.state}: {each.statement[:200]}",
        )


def _bodies(log: Log) -> list[str]:
    asked = {each.asked.key: each.asked for each in log.attempts}
    return [f"{key}: {asked[key].body}" for key in sorted(asked)]
