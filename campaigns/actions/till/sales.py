"""The row of a sale at a till: locked first by every verb, so that one happens after the other."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
from msgspec import Struct

from campaigns.offers import reading
from campaigns.offers.quote import Quote
from campaigns.queries.till.places import Place
from campaigns.queries.till.pricing import Priced
from members import sets
from members.models import Channel, Organization

# Its hold is not joined: who waited for the row is given the row anew, but what was joined to it as it was before.
LOCK = """
SELECT s.id, s.store_id, o.code, s.account_id, s.revision, s.state, s.asked, s.quote, s.currency, s.total, s.hold_id,
       s.held_until, s.order_id
FROM campaigns_tillorder s JOIN members_organization o ON o.id = s.store_id
WHERE s.channel_id = %s AND s.number = %s FOR UPDATE OF s
"""
OPEN = """
INSERT INTO campaigns_tillorder (store_id, channel_id, number, account_id, revision, state, asked, basket, quote, paid, rules, currency,
                                 total, cashier, opened_at, changed_at)
VALUES (%(store)s, %(channel)s, %(number)s, %(account)s, %(revision)s, 'open', %(asked)s, '', '', '[]', %(rules)s, %(currency)s,
        %(total)s, %(cashier)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING id
"""
# Two who write the same set of rules for the first time write it twice: neither waits for the other.
RULES = """
WITH known AS (SELECT id FROM campaigns_ruleset WHERE digest = %(rules_digest)s LIMIT 1),
made AS (
    INSERT INTO campaigns_ruleset (digest, content, at)
    SELECT %(rules_digest)s, %(content)s, %(now)s WHERE NOT EXISTS (SELECT FROM known) RETURNING id
)"""
OPEN_HELD = f"""
{RULES}
INSERT INTO campaigns_tillorder (store_id, channel_id, number, account_id, revision, state, asked, basket, quote, paid, rules, rule_set_id,
                                 currency, total, cashier, opened_at, changed_at, held_at, held_until)
VALUES (%(store)s, %(channel)s, %(number)s, %(account)s, %(revision)s, 'held', %(asked)s, %(basket)s, %(quote)s, '[]', %(rules)s,
        coalesce((SELECT id FROM known), (SELECT id FROM made)), %(currency)s, %(total)s, %(cashier)s, %(now)s, %(now)s, %(now)s, %(until)s)
ON CONFLICT DO NOTHING RETURNING id, rule_set_id
"""  # noqa: S608
HOLD = f"""
{RULES}
UPDATE campaigns_tillorder s SET state = 'held', basket = %(basket)s, quote = %(quote)s, paid = %(paid)s, total = %(total)s, rules = %(rules)s,
    rule_set_id = coalesce((SELECT id FROM known), (SELECT id FROM made)),
    hold_id = (SELECT id FROM members_hold WHERE key = %(key)s), held_at = %(now)s, held_until = %(until)s, changed_at = %(now)s
WHERE s.id = %(sale)s RETURNING s.hold_id, s.rule_set_id
"""  # noqa: S608
CHANGE = """
UPDATE campaigns_tillorder SET account_id = %(account)s, revision = %(revision)s, asked = %(asked)s, rules = %(rules)s,
    currency = %(currency)s, total = %(total)s, cashier = %(cashier)s, changed_at = %(now)s
WHERE id = %(sale)s
"""
OF_ANOTHER = "SELECT 1 FROM campaigns_tillorder WHERE store_id = %s AND number = %s AND channel_id <> %s"
REOPEN = """
UPDATE campaigns_tillorder SET state = 'open', basket = '', quote = '', paid = '[]', hold_id = NULL, held_at = NULL, held_until = NULL,
    changed_at = %s
WHERE id = %s
"""
OPENED, HELD, COMMITTED, CANCELLED = "open", "held", "committed", "cancelled"


@dataclass(frozen=True)
class Till:
    """Who asks, where, for which sale. ``node``: where the key stands."""

    channel: Channel
    node: Organization
    place: Place
    number: str
    cashier: str = ""

    @property
    def store(self) -> Organization:
        return self.place.organization

    @property
    def held_by(self) -> str:
        return f"{self.store.code}/{self.number}"


class Sale(Struct):
    id: int
    store: int
    store_code: str
    account: int | None
    revision: int
    state: str
    asked: str
    quote: str
    currency: str
    total: Decimal
    hold: int | None
    held_until: dt.datetime | None
    order: int | None

    def quoted(self) -> Quote:
        """What was held or committed."""
        return reading.quote(self.quote)


class Texts(NamedTuple):
    """What is kept of a price: the engine's basket and its answer, and what was paid with value."""

    basket: str
    quote: str
    paid: str


class NumberTaken(ValueError):
    """Another store has a sale of this number."""

    def __init__(self, number: str, store: str) -> None:
        told = {"number": number, "store": store}
        super().__init__(_("The number %(number)s is of a sale at %(store)s.") % told)
        self.store = store


class Outdated(ValueError):
    """A later revision of the basket is known."""

    def __init__(self, revision: int) -> None:
        super().__init__(_("Revision %d of the basket is known: send a later one.") % revision)
        self.revision = revision


class Ended(ValueError):
    """It is held, committed or cancelled; ``state`` says which."""

    def __init__(self, state: str) -> None:
        said = {
            HELD: _("The sale is held: commit or cancel it first."),
            COMMITTED: _("The sale is done: what comes back is a return."),
            CANCELLED: _("The sale was cancelled: take another number."),
        }
        super().__init__(said[state])
        self.state = state


class NotHeld(ValueError):
    """Only its basket is known."""

    def __init__(self, number: str) -> None:
        super().__init__(_("The sale %s is not held: send its basket to commit it at once.") % number)


class Unknown(LookupError):
    """There is no sale of this number."""

    def __init__(self, number: str) -> None:
        super().__init__(_("There is no sale of the number %s here: send its basket first.") % number)


class Raced(Exception):
    """Another till opened this number just now: ask again."""


def lock(*, till: Till) -> Sale | None:
    """Raises NumberTaken."""
    rows = sets.prepared(LOCK, till.channel.pk, till.number)
    if not rows:
        return None
    sale = Sale(*rows[0])
    if sale.store != till.store.pk:
        raise NumberTaken(till.number, sale.store_code)
    return sale


def open_(*, till: Till, priced: Priced, asked: bytes, revision: int, now: dt.datetime) -> int:
    """A new one; its id. Raises Raced, NumberTaken."""
    rows = sets.named(OPEN, **_told(till, priced, asked, revision, now))
    if rows:
        return rows[0][0]
    raise _taken(till)


def open_held(
    *, till: Till, priced: Priced, texts: Texts, asked: bytes, revision: int, until: dt.datetime, now: dt.datetime
) -> tuple[int, int]:  # fmt: skip
    """A new one that is held at once, where nothing is reserved for it; its id, and its rule set's. Raises Raced."""
    told = _told(till, priced, asked, revision, now) | _of_rules(priced)
    rows = sets.named(OPEN_HELD, **told, basket=texts.basket, quote=texts.quote, until=until)
    if rows:
        return rows[0]
    raise _taken(till)


def _taken(till: Till) -> Exception:
    """Why no sale of this number could be opened: another channel has one at the store, or another till was quicker."""
    if sets.prepared(OF_ANOTHER, till.store.pk, till.number, till.channel.pk):
        return NumberTaken(till.number, till.store.code)
    return Raced()


def hold(
    *, sale: int, priced: Priced, texts: Texts, key: str, until: dt.datetime, now: dt.datetime
) -> tuple[int | None, int]:  # fmt: skip
    """The ids of the ledger's hold of this key, if there is one, and of the rule set."""
    [row] = sets.named(
        HOLD, sale=sale, key=key, until=until, now=now, total=priced.total, rules=priced.rules.revision,
        **_of_rules(priced), **texts._asdict(),
    )  # fmt: skip
    return row


def change(*, sale: Sale, till: Till, priced: Priced, asked: bytes, revision: int, now: dt.datetime) -> None:
    sets.named(CHANGE, sale=sale.id, **_told(till, priced, asked, revision, now))


def reopen(*, sale: Sale, now: dt.datetime) -> None:
    sets.prepared(REOPEN, now, sale.id)


def _told(till: Till, priced: Priced, asked: bytes, revision: int, now: dt.datetime) -> dict:
    return {
        "store": till.store.pk, "channel": till.channel.pk, "number": till.number,
        "account": priced.person.account if priced.person else None, "revision": revision, "asked": asked.decode(),
        "rules": priced.rules.revision, "currency": priced.basket.currency, "total": priced.total,
        "cashier": till.cashier, "now": now,
    }  # fmt: skip


def _of_rules(priced: Priced) -> dict:
    return {"rules_digest": priced.rules.digest, "content": priced.rules.content.decode()}
