"""Proofs of prices, checked: each by itself, and the chain of a store's day from its first to its last."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from campaigns import proofs
from campaigns.offers import currencies, reading
from campaigns.queries.till import priced_again
from campaigns.queries.till.priced_again import RuleSets
from members import sets

OF_CHAIN = """
SELECT p.number, p.inputs, p.answer, p.digest, p.hash, p.rules_id, s.number, s.store_id, s.channel_id, s.account_id, s.currency,
       s.paid, s.committed_at, s.rule_set_id, r.digest, s.basket, s.quote, s.total,
       EXISTS (SELECT FROM campaigns_uploadeditem u WHERE u.sale_id = s.id AND u.state = 'corrected')
FROM campaigns_priceproof p JOIN campaigns_tillorder s ON s.id = p.sale_id JOIN campaigns_ruleset r ON r.id = p.rules_id
WHERE p.store_id = %s AND p.day = %s AND p.number > %s ORDER BY p.number LIMIT %s
"""
LINKS = (
    "SELECT number, digest, hash FROM campaigns_priceproof WHERE store_id = %s AND day = %s ORDER BY number"
)
CHAINS = """
SELECT k.store_id, o.code, k.day, coalesce(c.number, 0), c.hash
FROM (SELECT store_id, day FROM campaigns_proofchain UNION SELECT store_id, day FROM campaigns_priceproof) k
JOIN members_organization o ON o.id = k.store_id LEFT JOIN campaigns_proofchain c USING (store_id, day)
WHERE (%(day)s::date IS NULL OR k.day = %(day)s::date) AND (%(store)s::bigint IS NULL OR k.store_id = %(store)s::bigint)
ORDER BY k.day, o.code
"""
# By the numbers of every channel, for which there is an index.
OF_SALE = """
SELECT s.id, s.store_id, o.code, s.state, s.committed_at, p.day, p.number FROM members_channel c CROSS JOIN LATERAL (
    SELECT * FROM campaigns_tillorder WHERE channel_id = c.id AND number = %(number)s OFFSET 0
) s JOIN members_organization o ON o.id = s.store_id LEFT JOIN campaigns_priceproof p ON p.sale_id = s.id
WHERE %(store)s::bigint IS NULL OR s.store_id = %(store)s::bigint ORDER BY o.code
"""
LACKING = "s.state = 'committed' AND NOT EXISTS (SELECT FROM campaigns_priceproof p WHERE p.sale_id = s.id)"
# A committed sale never changes any more: its index by store and last change finds it.
UNPROVED_AT_STORES = f"""
SELECT o.code, s.number, s.committed_at FROM members_organization o CROSS JOIN LATERAL (
    SELECT s.id, s.number, s.committed_at FROM campaigns_tillorder s
    WHERE s.store_id = o.id AND {LACKING}
      AND s.changed_at >= coalesce(%(begin)s::timestamptz, '-infinity') AND s.changed_at < coalesce(%(end)s::timestamptz, 'infinity')
    OFFSET 0
) s WHERE %(store)s::bigint IS NULL OR o.id = %(store)s::bigint ORDER BY o.code, s.id
"""  # noqa: S608
UNPROVED_SO_FAR = f"""
SELECT o.code, s.number, s.committed_at FROM campaigns_tillorder s JOIN members_organization o ON o.id = s.store_id
WHERE s.id > %s AND s.id <= %s AND {LACKING} ORDER BY s.id
"""  # noqa: S608
LAST = "SELECT max(id) FROM campaigns_tillorder"
BATCH = 200
PART = 50_000  # ids of sales


class Chain(NamedTuple):
    """``number`` and ``hash`` of its last proof, as it counts; 0 and None: its count is gone."""

    store: int
    code: str
    day: dt.date
    number: int
    hash: bytes | None


class Place(NamedTuple):
    """Where a sale's proof is; ``day`` None: it has none."""

    sale: int
    store: int
    code: str
    state: str
    committed_at: dt.datetime | None
    day: dt.date | None
    number: int | None


class Proof(NamedTuple):
    number: int
    inputs: bytes
    answer: bytes
    digest: bytes
    hash: bytes
    rules: int
    sale: str
    store: int
    channel: int
    account: int | None
    currency: str
    paid: str
    committed_at: dt.datetime
    rules_of_sale: int
    rules_digest: bytes
    basket: str
    quote: str
    total: Decimal
    told: bool  # that a till without a line sold it otherwise than the rules say


@dataclass
class Checked:
    """A proof, or a place where one should be (``sale`` ""). ``faults``: in words; of a sound one none. ``remarks``: how a sale
    without a line differs from its rules, as was told when it was taken in."""

    store: str
    day: dt.date
    number: int
    sale: str = ""
    total: str = ""
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def chains(*, day: dt.date | None = None, store: int | None = None) -> list[Chain]:
    return [Chain(*row) for row in sets.named(CHAINS, day=day, store=store)]


def of_sale(*, number: str, store: int | None = None) -> list[Place]:
    """Sales of that number: one a store."""
    return [Place(*row) for row in sets.named(OF_SALE, number=number, store=store)]


def unproved(*, day: dt.date | None = None, store: int | None = None) -> Iterator[Checked]:
    """Sales that were committed and have no proof: of a day or a store, or of all, a part at a time."""
    if day is None and store is None:
        rows = _unproved_so_far()
    else:
        begin = day and timezone.make_aware(dt.datetime.combine(day, dt.time()))
        end = begin and timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
        rows = sets.named(UNPROVED_AT_STORES, store=store, begin=begin, end=end)
    for code, sale, at in rows:
        yield lacking(code=code, number=sale, at=at)


def lacking(*, code: str, number: str, at: dt.datetime) -> Checked:
    """A sale of the store of this code that was committed then."""
    return Checked(code, timezone.localtime(at).date(), 0, number, faults=["this sale has no proof"])


def _unproved_so_far() -> Iterator[tuple]:
    last = sets.prepared(LAST)[0][0] or 0
    for after in range(0, last, PART):
        yield from sets.prepared(UNPROVED_SO_FAR, after, after + PART)


def walk(chain: Chain, *, rule_sets: RuleSets) -> Iterator[Checked]:
    """Every proof of a chain, and every place where one is missing."""
    links = _Links(chain)
    for proof in _proofs(chain):
        yield from links.missing(proof.number)
        faults = links.follow(proof.number, proof.digest, proof.hash)
        yield _checked(proof, chain, rule_sets, faults)
    yield from links.end()


def alone(chain: Chain, number: int, *, rule_sets: RuleSets) -> Iterator[Checked]:
    """One proof; of the others of its chain only that each follows from the one before."""
    links = _Links(chain)
    for each, digest, hash in sets.prepared(LINKS, chain.store, chain.day):
        yield from links.missing(each)
        faults = list(links.follow(each, digest, hash))
        if each == number:
            [proof] = _some(chain, number - 1, 1)
            yield _checked(proof, chain, rule_sets, faults)
        elif faults:
            yield Checked(chain.code, chain.day, each, faults=faults)
    yield from links.end()


class _Links:
    """How far a chain was followed; ``before``: the last hash, None where it is not known."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.number = chain, 0
        self.before: bytes | None = proofs.beginning(chain.store, chain.day)

    def missing(self, number: int) -> Iterator[Checked]:
        """Places between the last and this one."""
        if number > self.number + 1:
            yield self._lack(number - 1)
            self.before = None
        self.number = number

    def follow(self, number: int, digest: bytes, hash: bytes) -> Iterator[str]:
        if self.before is not None and proofs.linked(self.before, number, digest) != hash:
            yield "it does not follow from the proof before it"
        self.before = hash

    def end(self) -> Iterator[Checked]:
        chain = self.chain
        if chain.number > self.number:
            yield self._lack(chain.number)
        elif chain.hash is None:
            yield Checked(chain.code, chain.day, self.number, faults=["the count of this chain is gone"])
        elif chain.number < self.number or chain.hash != self.before:
            yield Checked(chain.code, chain.day, self.number, faults=["the chain does not end here"])

    def _lack(self, until: int) -> Checked:
        first = self.number + 1
        said = (
            "the proof of this number is missing"
            if first == until
            else f"the proofs up to number {until} are missing"
        )
        return Checked(self.chain.code, self.chain.day, first, faults=[said])


def _proofs(chain: Chain) -> Iterator[Proof]:
    number = 0
    while found := _some(chain, number, BATCH):
        yield from found
        number = found[-1].number


def _some(chain: Chain, after: int, most: int) -> list[Proof]:
    return [Proof(*row) for row in sets.prepared(OF_CHAIN, chain.store, chain.day, after, most)]


def _checked(proof: Proof, chain: Chain, rule_sets: RuleSets, faults: Iterable[str]) -> Checked:
    rules = rule_sets.of(proof.rules)
    compared = list(priced_again.compared(basket=proof.basket, quote=proof.quote, rules=rules))
    found = [*faults, *_faults(proof, chain), *rules.faults]
    if not proof.told:
        found, compared = [*found, *compared], []
    return Checked(chain.code, chain.day, proof.number, proof.sale, _shown(proof), found, compared)


def _faults(proof: Proof, chain: Chain) -> Iterator[str]:
    if proofs.sha(proof.basket) != proof.inputs:
        yield "the basket of the sale was changed"
    if proofs.sha(proof.quote) != proof.answer:
        yield "the quote of the sale was changed"
    told = proofs.Told(
        store=proof.store, channel=proof.channel, number=proof.sale, account=proof.account, currency=proof.currency,
        paid=proof.paid, committed_at=proof.committed_at, rules=proof.rules_digest,
    )  # fmt: skip
    moved = proof.store != chain.store or proof.rules != proof.rules_of_sale
    if moved or proofs.digest(told, inputs=proof.inputs, answer=proof.answer) != proof.digest:
        yield "store, number, account, currency, value paid, time or rules are not those that were proved"
    if (total := _total(proof)) is not None and total != proof.total:
        yield f"total: {proof.total.normalize():f} stands with the sale, {total} in its quote"


def _total(proof: Proof) -> Decimal | None:
    try:
        return Decimal(reading.quote(proof.quote).total).scaleb(-currencies.digits(proof.currency))
    except ValueError:
        return None


def _shown(proof: Proof) -> str:
    total = _total(proof)
    return "" if total is None else f"{total} {proof.currency}"
