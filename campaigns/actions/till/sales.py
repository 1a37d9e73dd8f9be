"""The row of a sale at a till: locked first by every verb, so that one happens after the other."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from msgspec import Struct

from campaigns.offers import reading
from campaigns.offers.quote import Quote
from campaigns.queries.till.places import Place
from campaigns.queries.till.pricing import Priced
from members import sets
from members.models import Channel, Organization

LOCK = """
SELECT s.id, s.store_id, o.code, s.account_id, s.revision, s.state, s.asked, s.quote, s.currency, s.total, h.key, h.state,
       s.held_until, s.order_id
FROM campaigns_tillorder s JOIN members_organization o ON o.id = s.store_id LEFT JOIN members_hold h ON h.id = s.hold_id
WHERE s.channel_id = %s AND s.number = %s FOR UPDATE OF s
"""
OPEN = """
INSERT INTO campaigns_tillorder (store_id, channel_id, number, account_id, revision, state, asked, basket, quote, paid, rules, currency,
                                 total, cashier, opened_at, changed_at)
VALUES (%(store)s, %(channel)s, %(number)s, %(account)s, %(revision)s, 'open', %(asked)s, '', '', '[]', %(rules)s, %(currency)s,
        %(total)s, %(cashier)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING id
"""
CHANGE = """
UPDATE campaigns_tillorder SET account_id = %(account)s, revision = %(revision)s, asked = %(asked)s, rules = %(rules)s,
    currency = %(currency)s, total = %(total)s, cashier = %(cashier)s, changed_at = %(now)s
WHERE id = %(sale)s
"""
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
    hold: str | None
    hold_state: str | None
    held_until: dt.datetime | None
    order: int | None

    def quoted(self) -> Quote:
        """What was held or committed."""
        return reading.quote(self.quote)


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
    raise Raced


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
