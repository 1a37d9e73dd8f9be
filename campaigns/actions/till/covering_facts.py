"""What a sale without a line asks of the house, and what of it could be had."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.actions.till.sales import Till
from campaigns.models import StoreCharge
from campaigns.offers.quote import Quote
from campaigns.queries.till.pricing import Priced
from campaigns.till.items import Pay
from members.models import Account

Kind = StoreCharge.Kind


@dataclass(frozen=True)
class Asked:
    """``priced``: as the till sold it; ``ours``: the house's own price; ``costs``: what each offer that the house's rules give cost, minor units; ``shares``: who
    pays which."""

    till: Till
    sale: int
    key: str
    priced: Priced
    ours: Quote
    pays: tuple[Pay, ...]
    costs: Mapping[str, int]
    shares: Mapping[str, tuple]
    sold_at: dt.datetime
    now: dt.datetime

    @property
    def quote(self) -> Quote:
        return self.priced.quote

    @property
    def account(self) -> Account | None:
        person = self.priced.person
        return Account(pk=person.account, member=person.member) if person else None


@dataclass
class Covered:
    """``lost``: coupons that somebody used meanwhile; ``missed``: offers of which nothing is left to give. ``paid``: [book, amount, minor units]; ``unpaid``: (book, minor units)
    that no allowance covered. ``charges``: {(kind, what): minor units} to the store. ``hold``: the ledger's key, "" for none."""

    costs: dict[str, int]
    lost: set[str] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)
    paid: list[tuple[str, str, int]] = field(default_factory=list)
    unpaid: list[tuple[str, int]] = field(default_factory=list)
    charges: dict[tuple[str, str], int] = field(default_factory=dict)
    hold: str = ""

    def charge(self, kind: str, what: str, amount: int) -> None:
        if amount > 0:
            self.charges[kind, what] = self.charges.get((kind, what), 0) + amount

    def charge_offer(self, kind: str, what: str, offer: str) -> None:
        """What is not covered wholly is the store's wholly: so a return finds all of it in one place."""
        self.charge(kind, what, self.costs.pop(offer, 0))
