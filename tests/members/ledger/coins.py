"""A small ledger in memory that knows no lots: every single point is a coin with a story of its own."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

FREE, EXPIRED = "free", "expired"


class Refused(Exception):
    pass


@dataclass
class Coin:
    account: int
    earning: int
    ready: dt.datetime
    ends: dt.datetime
    fate: object = FREE  # or EXPIRED, ("spent", n), ("taken", n): by which movement

    def order(self):
        return (self.ends, self.earning)


@dataclass
class Movement:
    kind: str
    account: int
    size: int
    back: int = 0
    accounts: set = field(default_factory=set)


class Coins:
    def __init__(self, accounts: int) -> None:
        self.person = {each: each for each in range(accounts)}
        self.coins: list[Coin] = []
        self.movements: list[Movement] = []

    def mates(self, account):
        return {each for each, person in self.person.items() if person == self.person[account]}

    def free(self, accounts, now=None):
        """Free coins; with a time, only those that have not expired."""
        found = (
            c for c in self.coins if c.account in accounts and c.fate == FREE and (not now or c.ends > now)
        )
        return sorted(found, key=Coin.order)

    def booked(self, account):
        return len(self.free({account}))

    def ends(self, account):
        return Counter(coin.ends for coin in self.free({account}))

    def available(self, account, now):
        return len([c for c in self.free(self.mates(account), now) if c.ready <= now])

    def earn(self, account, size, *, ready, ends):
        self.coins += [Coin(account, len(self.movements), ready, ends) for _ in range(size)]
        self.movements.append(Movement("earn", account, size))

    def spend(self, account, size, now):
        usable = [c for c in self.free(self.mates(account), now) if c.ready <= now]
        if len(usable) < size:
            raise Refused
        for coin in usable[:size]:
            coin.fate = ("spent", len(self.movements))
        self.movements.append(Movement("spend", account, size, accounts={c.account for c in usable[:size]}))

    def expire(self, now, accounts=None):
        for coin in self.free(accounts or set(self.person)):
            if coin.ends <= now:
                coin.fate = EXPIRED

    def reverse(self, number, size, now):
        """How much was given back or taken back."""
        movement = self.movements[number]
        if not 0 < size <= movement.size - movement.back:
            raise Refused
        done = (
            self._give_back(number, size, now) if movement.kind == "spend" else self._take(number, size, now)
        )
        movement.back += size
        return done

    def _give_back(self, number, size, now):
        self.expire(now, self.movements[number].accounts)
        spent = sorted((c for c in self.coins if c.fate == ("spent", number)), key=Coin.order, reverse=True)
        for coin in spent[:size]:
            coin.fate = FREE
        return size

    def _take(self, number, size, now):
        movement = self.movements[number]
        own = [c for c in self.coins if c.earning == number]
        free = sorted((c for c in own if c.fate == FREE), key=Coin.order)
        expired = sum(c.fate == EXPIRED for c in own)
        spent = max(0, movement.size - movement.back - expired - len(free))
        taken = free[:size]
        others = [c for c in self.free(self.mates(movement.account), now) if c.earning != number]
        taken += others[: min(size - len(taken), spent)]
        for coin in taken:
            coin.fate = ("taken", number)
        return len(taken)
