"""What people do with us besides looking and buying: live streams, activities, content, chats, games; and how some leave."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from config.demo import browsing
from config.demo.accounts import Account
from config.demo.browsing import Timed
from config.demo.shopping import Calendar

YEAR = timedelta(days=365)
LIVE_ON = ("mini", "app")
VIEWER_SHARE = 0.16
FRIDAY, EVENING = 4, 20  # a live stream a week
INVITED_ON = ("mini", "app", "wecom")
INVITED_SHARE = 0.2
ACTIVITIES = (
    ("new-year-tea", 330), ("spring-kitchen", 270), ("trade-in-week", 210), ("summer-tasting", 150),
    ("mid-autumn-gifts", 95), ("store-birthday", 60), ("noodle-workshop", 40), ("winter-check-up", 20),
)  # fmt: skip
# (channels, event, share of their accounts, times a year, properties)
HABITS = (
    (("mini", "app", "mall"), "search", 0.25, 4, lambda rng, _a: {"results": rng.randrange(40)}),
    (("oa",), "article_view", 0.4, 5, lambda rng, _a: {"article": f"A-{rng.randrange(60):02}", "seconds": rng.randrange(8, 240)}),
    (("mini", "app"), "video_view", 0.1, 3, lambda rng, _a: {"video": f"V-{rng.randrange(30):02}", "seconds": rng.randrange(5, 90)}),
    (("mini", "app"), "like", 0.08, 4, lambda rng, _a: {"content": f"V-{rng.randrange(30):02}"}),
    (("mini", "app"), "comment", 0.04, 2, lambda rng, _a: {"content": f"V-{rng.randrange(30):02}"}),
    (("mini",), "game_played", 0.08, 3, lambda _rng, _a: {"game": "tea-garden"}),
    (("mini", "app"), "survey_answered", 0.05, 1, lambda rng, _a: {"survey": "service", "score": rng.randrange(4, 11)}),
    (("mini",), "user_get_card", 0.1, 2, lambda _rng, _a: {"coupon": "tea-house-5"}),
    (("mini",), "user_consume_card", 0.05, 1, lambda _rng, _a: {"coupon": "tea-house-5"}),
    (("app",), "device_used", 0.12, 8, lambda rng, a: {"serial": f"WM-{a.external_id[-7:]}", "mode": rng.choice(("eco", "quick"))}),
    (("app", "mini"), "complaint", 0.015, 1, lambda rng, _a: {"reason": rng.choice(("late", "broken", "missing part"))}),
)  # fmt: skip
CHAT_SHARE, CHAT_LEFT_SHARE, REFUSED_SHARE = 0.5, 0.15, 0.5


def events(*, rng: Random, accounts: list[Account], now: datetime) -> Iterator[Timed]:
    """Of the last year only, and of the time when somebody was a customer."""
    life = _Life(now)
    rooms = _evenings(now)
    for account in accounts:
        parts = (
            *_live(rng=rng, account=account, rooms=rooms, life=life),
            *_activities(rng=rng, account=account, life=life),
            *_habits(rng=rng, account=account, life=life),
            *_chat(rng=rng, account=account, life=life),
            *_leaving(rng=rng, account=account),
        )
        yield from (event for event in parts if event[0] <= now)


class _Life:
    """The part of the last year in which an account was somebody's who still came."""

    def __init__(self, now: datetime) -> None:
        self.now, self.calendar = now, Calendar(now=now)

    def of(self, account: Account) -> tuple[datetime, datetime]:
        return max(account.opened_at, self.now - YEAR), account.person.active_until(now=self.now)

    def holds(self, account: Account, moment: datetime) -> bool:
        since, until = self.of(account)
        return since <= moment < until

    def moments(self, *, rng: Random, account: Account, count: int) -> list[datetime]:
        since, until = self.of(account)
        if until - since < timedelta(days=1):
            return []
        return [self.calendar.draw(rng=rng, since=since, until=until) for _time in range(count)]


def _evenings(now: datetime) -> list[datetime]:
    """When the live streams of the year began."""
    last = now.replace(hour=EVENING, minute=0, second=0, microsecond=0)
    last -= timedelta(days=(last.weekday() - FRIDAY) % 7)
    return [last - timedelta(weeks=week) for week in range(52)]


def _live(*, rng: Random, account: Account, rooms: list[datetime], life: _Life) -> Iterator[Timed]:
    if account.channel not in LIVE_ON or rng.random() > VIEWER_SHARE:
        return
    liking = rng.uniform(0.02, 0.25)
    for begun in rooms:
        if not life.holds(account, begun) or rng.random() > liking:
            continue
        room, entered = {"room": f"live-{begun:%Y%m%d}"}, begun + timedelta(seconds=rng.randrange(3_000))
        seconds = int(rng.expovariate(1 / 600)) + 5
        told = [
            ("enter_live", entered, room),
            ("watch_live", entered + timedelta(seconds=seconds), room | {"seconds": seconds}),
        ]
        if rng.random() < 0.25:
            told.append(
                (rng.choice(("live_like", "live_comment")), entered + timedelta(seconds=seconds // 2), room)
            )
        for name, moment, properties in told:
            yield browsing.event(rng=rng, account=account, name=name, moment=moment, properties=properties)


def _activities(*, rng: Random, account: Account, life: _Life) -> Iterator[Timed]:
    if account.channel not in INVITED_ON or rng.random() > INVITED_SHARE:
        return
    keen = rng.betavariate(1.2, 2.0)
    for code, days in ACTIVITIES:
        invited = life.now - timedelta(days=days, seconds=rng.randrange(36_000))
        if not life.holds(account, invited):
            continue
        about = {"activity": code}
        yield browsing.event(
            rng=rng, account=account, name="activity_invited", moment=invited, properties=about
        )
        if rng.random() < keen:
            moment = invited + timedelta(days=rng.randrange(1, 8), seconds=rng.randrange(36_000))
            yield browsing.event(
                rng=rng, account=account, name="activity_joined", moment=moment, properties=about
            )


def _habits(*, rng: Random, account: Account, life: _Life) -> Iterator[Timed]:
    for channels, name, share, times, properties in HABITS:
        if account.channel not in channels or rng.random() > share:
            continue
        count = 1 + int(rng.expovariate(1 / times)) if times > 1 else 1
        for moment in life.moments(rng=rng, account=account, count=count):
            yield browsing.event(
                rng=rng, account=account, name=name, moment=moment, properties=properties(rng, account)
            )


def _chat(*, rng: Random, account: Account, life: _Life) -> Iterator[Timed]:
    """Some whom an adviser looks after join the chat of their store; a few leave it again."""
    if account.channel != "wecom" or rng.random() > CHAT_SHARE:
        return
    about = {"group": f"chat-{account.person.store.code}"}
    for joined in life.moments(rng=rng, account=account, count=1):
        yield browsing.event(rng=rng, account=account, name="join_group", moment=joined, properties=about)
        if rng.random() < CHAT_LEFT_SHARE:
            left = joined + timedelta(days=rng.randrange(1, 90))
            yield browsing.event(rng=rng, account=account, name="leave_group", moment=left, properties=about)


def _leaving(*, rng: Random, account: Account) -> Iterator[Timed]:
    """Who stops buying often stops following, too."""
    name = {"oa": "unfollow", "wecom": "delete_friend"}.get(account.channel)
    left = account.person.left_at
    if name and left and left > account.opened_at and rng.random() < REFUSED_SHARE:
        yield browsing.event(rng=rng, account=account, name=name, moment=left, properties={})
