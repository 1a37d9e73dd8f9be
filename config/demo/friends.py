"""Who brings whom, and who opens what others share. Few bring many; some came by a store's guide or a live stream."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from config.demo import browsing
from config.demo.accounts import Account
from config.demo.browsing import Timed
from config.demo.shopping import Calendar

INVITING = ("mini", "app", "mall")
EAGER_SHARE = 0.2  # of accounts ever invite anybody
BROUGHT = (("friend", 0.22), ("guide", 0.04), ("live", 0.02), ("", 0.72))
OPENED_SHARE = 0.35  # of accounts open what a friend shared
GUIDES_A_STORE = 3
WITHIN = 600  # seconds after the account was opened


def events(*, rng: Random, accounts: list[Account], now: datetime) -> Iterator[Timed]:
    """A ``referral`` of who invited or of who came (docs/events.md), and ``share_opened`` of who read."""
    calendar = Calendar(now=now)
    for channel in INVITING:
        own = sorted(
            (account for account in accounts if account.channel == channel), key=lambda each: each.opened_at
        )
        zeal = [rng.paretovariate(1.2) if rng.random() < EAGER_SHARE else 0.0 for _account in own]
        heard = _Heard(own, list(accumulate(zeal)))
        for place in range(len(own)):
            found = [
                _referral(rng=rng, heard=heard, place=place),
                _opening(rng=rng, heard=heard, place=place, calendar=calendar),
            ]
            yield from (event for event in found if event and event[0] <= now)


class _Heard:
    """The accounts of a channel in the order of their opening, and who of the earlier ones is heard of."""

    def __init__(self, accounts: list[Account], sums: list[float]) -> None:
        self.accounts, self.sums = accounts, sums

    def friend(self, *, rng: Random, place: int) -> Account | None:
        """One of those who were there before, the eager ones rather; nobody before there is one, and not himself."""
        if not place or not self.sums[place - 1]:
            return None
        (found,) = rng.choices(self.accounts[:place], cum_weights=self.sums[:place])
        return None if found.person.key == self.accounts[place].person.key else found


def _referral(*, rng: Random, heard: _Heard, place: int) -> Timed | None:
    account = heard.accounts[place]
    way = rng.choices(*zip(*BROUGHT, strict=True))[0]
    friend = heard.friend(rng=rng, place=place)
    moment = account.opened_at + timedelta(seconds=rng.randrange(WITHIN))
    if way in {"guide", "live"}:
        number = f"{account.person.store.code}-{rng.randrange(1, GUIDES_A_STORE + 1)}"
        inviter = {"role": way, "id": f"G-{number}" if way == "guide" else f"live-{moment:%Y%m}"}
        return _told(rng, account, moment, {"inviter": inviter})
    if way != "friend" or friend is None:
        return None
    if rng.random() < 0.5:
        return _told(rng, friend, moment, {"invitee": _named(account)})
    return _told(rng, account, moment, {"inviter": _named(friend)})


def _told(rng: Random, account: Account, moment: datetime, properties: dict) -> Timed:
    return browsing.event(rng=rng, account=account, name="referral", moment=moment, properties=properties)


def _named(account: Account) -> dict:
    return {"channel": account.channel, "external_id": account.external_id}


def _opening(*, rng: Random, heard: _Heard, place: int, calendar: Calendar) -> Timed | None:
    account = heard.accounts[place]
    friend, chance = heard.friend(rng=rng, place=place), rng.random()
    if friend is None or chance > OPENED_SHARE:
        return None
    moment = calendar.draw(rng=rng, since=account.opened_at, until=account.opened_at + timedelta(days=300))
    return browsing.event(
        rng=rng, account=account, name="share_opened", moment=moment, properties={"by": friend.external_id}
    )
