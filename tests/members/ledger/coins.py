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
    lot: tuple  # with which it came; what is over when a part of it comes back ends then
    fate: object = FREE  # or EXPIRED, ("spent", n), ("taken", n), ("held", n), …: by which movement

    def order(self):
        return (self.ends, self.lot)


@dataclass
class Movement:
    kind: str
    account: int
    size: int
    back: int = 0
    accounts: set = field(default_factory=set)
    until: dt.datetime | None = None  # of a hold that is open


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
        number = len(self.movements)
        self.coins += [Coin(account, number, ready, ends, lot=(number, 0)) for _ in range(size)]
        self.movements.append(Movement("earn", account, size))

    def spend(self, account, size, now):
        self._draw("spend", account, size, now, fate="spent")

    def adjust_down(self, account, size, now):
        self._draw("adjust", account, size, now, fate="gone")

    def hold(self, account, size, now, *, until):
        self._draw("hold", account, size, now, fate="held").until = until

    def give(self, account, to, size, now):
        drawn, number = self.usable(account, size, now), len(self.movements)
        place = {lot: place for place, lot in enumerate(dict.fromkeys(coin.lot for coin in drawn))}
        for coin in drawn:
            coin.account, coin.earning, coin.lot = to, number, (number, place[coin.lot])
        self.movements.append(Movement("give", account, size))

    def usable(self, account, size, now):
        found = [c for c in self.free(self.mates(account), now) if c.ready <= now]
        if len(found) < size:
            raise Refused
        return found[:size]

    def _draw(self, kind, account, size, now, *, fate) -> Movement:
        drawn = self.usable(account, size, now)
        for coin in drawn:
            coin.fate = (fate, len(self.movements))
        self.movements.append(Movement(kind, account, size, accounts={c.account for c in drawn}))
        return self.movements[-1]

    def open_holds(self):
        return [n for n, each in enumerate(self.movements) if each.until]

    def commit(self, number, spent, now):
        movement = self.movements[number]
        if spent > movement.size or now >= movement.until:
            raise Refused
        self.end(number, spent, now)

    def end(self, number, spent, now):
        """What is not spent comes back, the last to expire first."""
        movement = self.movements[number]
        if spent < movement.size:
            self.expire(now, movement.accounts)
        self._free_held(number, spent, now)
        if spent:
            self.movements.append(Movement("spend", movement.account, spent, accounts=movement.accounts))

    def lapse(self, now):
        over = [n for n in self.open_holds() if self.movements[n].until <= now]
        self.expire(now, set().union(*(self.movements[n].accounts for n in over)) or {None})
        for number in over:
            self._free_held(number, 0, now)

    def _free_held(self, number, spent, now):
        self.movements[number].until = None
        held = sorted((c for c in self.coins if c.fate == ("held", number)), key=Coin.order)
        for coin in held[:spent]:
            coin.fate = ("spent", len(self.movements))
        self._free(held[spent:], now)

    def _free(self, coins, now):
        """What is over by now is over as it comes back, and so is the rest of its lot."""
        over = {coin.lot for coin in coins if coin.ends <= now}
        for coin in coins:
            coin.fate = FREE
        for coin in self.coins:
            if coin.lot in over:
                coin.ends = now

    def expire(self, now, accounts=None):
        for coin in self.free(accounts or set(self.person)):
            if coin.ends <= now:
                coin.fate = EXPIRED

    def reverse(self, number, size, now):
        """How much was given back or taken back."""
        movement = self.movements[number]
        if movement.kind not in ("earn", "spend") or not 0 < size <= movement.size - movement.back:
            raise Refused
        done = (
            self._give_back(number, size, now) if movement.kind == "spend" else self._take(number, size, now)
        )
        movement.back += size
        return done

    def _give_back(self, number, size, now):
        self.expire(now, self.movements[number].accounts)
        spent = sorted((c for c in self.coins if c.fate == ("spent", number)), key=Coin.order, reverse=True)
        self._free(spent[:size], now)
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
