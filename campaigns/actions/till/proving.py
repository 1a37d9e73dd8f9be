"""The end of a sale: it is committed, and its price proved, chained to the proof before it at that store and day.

One statement, the last but the answer's: its chain is the last lock that a commit takes, so tills of one store wait for one another
only from here to the end of the transaction, and whoever holds it waits for nobody.
"""

import datetime as dt
from typing import NamedTuple

from django.utils import timezone

from campaigns import proofs
from campaigns.actions.till.sales import Till
from members import sets

PROVE = """
WITH done AS (
    UPDATE campaigns_tillorder SET state = 'committed', order_id = %(order)s, payments = %(payments)s, committed_at = %(now)s,
        changed_at = %(now)s, cashier = %(cashier)s
    WHERE id = %(sale)s
), chain AS (
    INSERT INTO campaigns_proofchain AS c (store_id, day, number, hash)
    VALUES (%(store)s, %(day)s, 1, sha256(%(beginning)s || int8send(1) || %(digest)s))
    ON CONFLICT (store_id, day) DO UPDATE
        SET number = c.number + 1, hash = sha256(c.hash || int8send(c.number + 1) || %(digest)s)
    RETURNING number, hash
)
INSERT INTO campaigns_priceproof (sale_id, store_id, day, number, rules_id, inputs, answer, digest, hash)
SELECT %(sale)s, %(store)s, %(day)s, number, %(rules)s, %(inputs)s, %(answer)s, %(digest)s, hash FROM chain
RETURNING number, hash
"""


class Kept(NamedTuple):
    """What was written down of a sale when it was priced; ``rules``: id of its RuleSet."""

    basket: str
    quote: str
    paid: str
    currency: str
    account: int | None
    rules: int
    rules_digest: bytes


class Proof(NamedTuple):
    """``hash`` in hex: printed on a receipt, it is known to somebody who cannot change the database."""

    day: dt.date
    number: int
    hash: str


def close(
    *, till: Till, sale: int, order: int, payments: str, kept: Kept, now: dt.datetime
) -> Proof:  # fmt: skip
    """The sale is committed ``now``, as that order; ``payments``: as they are kept with it."""
    day = timezone.localtime(now).date()
    inputs, answer = proofs.sha(kept.basket), proofs.sha(kept.quote)
    told = proofs.Told(
        store=till.store.pk, channel=till.channel.pk, number=till.number, account=kept.account,
        currency=kept.currency, paid=kept.paid, committed_at=now, rules=kept.rules_digest,
    )  # fmt: skip
    [[number, hash]] = sets.named(
        PROVE, sale=sale, order=order, payments=payments, cashier=till.cashier, now=now, store=till.store.pk, day=day, rules=kept.rules, inputs=inputs, answer=answer,
        digest=proofs.digest(told, inputs=inputs, answer=answer), beginning=proofs.beginning(till.store.pk, day),
    )  # fmt: skip
    return Proof(day, number, hash.hex())
