"""Many buyers at once, with purchases that follow a known law."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

import numpy as np
from django.db import connection

from members.models import Account, Member, Membership, Order
from tags.conditions.setting import Setting
from tags.queries import catalogue
from tests.tags.world import NOW, World

Purchase = tuple[float, float]  # days ago, amount


def plant(town: World, histories: Sequence[Iterable[Purchase]]) -> list[int]:
    """A member with one account for each history; their ids in the same order."""
    begun = NOW - dt.timedelta(days=2_000)
    members = Member.objects.bulk_create(Member() for _history in histories)
    accounts = Account.objects.bulk_create(
        Account(
            channel=town.app, external_id=uuid.uuid4().hex, minted=member, member=member, first_seen_at=begun,
            last_seen_at=begun, organization=town.group,
        )
        for member in members
    )  # fmt: skip
    Membership.objects.bulk_create(
        Membership(account=account, organization=town.group, known_at=begun) for account in accounts
    )
    Order.objects.bulk_create(
        Order(
            channel=town.app, external_id=uuid.uuid4().hex, account=account, organization=town.group,
            occurred_at=NOW - dt.timedelta(days=float(days)), status="paid", currency="CNY", amount=round(float(amount), 2),
            version_at=NOW, version_digest=uuid.uuid4(),
        )
        for account, history in zip(accounts, histories, strict=True)
        for days, amount in history
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_member, members_account, members_order")
    return [member.pk for member in members]


def setting(town: World, *, members: Sequence[int] | None = None, as_of: dt.datetime = NOW) -> Setting:
    return Setting(catalogue.at(node=town.group), as_of, None if members is None else tuple(members))


def bg_nbd(
    rng: np.random.Generator, *, size: int, weeks: float, r: float, alpha: float, a: float, b: float
) -> list[list[float]]:
    """For each customer how many weeks ago he bought, the first time within the older half of ``weeks``: the story that
    the model tells. Nobody leaves before his second purchase."""
    return [
        _story(rng, ago=weeks * rng.uniform(0.5, 1), wait=1 / rate, leaving=leaving)
        for rate, leaving in zip(rng.gamma(r, 1 / alpha, size), rng.beta(a, b, size), strict=True)
    ]


def _story(rng: np.random.Generator, *, ago: float, wait: float, leaving: float) -> list[float]:
    story = [ago]
    while (ago := ago - rng.exponential(wait)) > 0:
        story.append(ago)
        if rng.random() < leaving:
            break
    return story


def counted(
    stories: Sequence[Sequence[float]], *, weeks_ago: float = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, t_x and T of stories as of some weeks ago."""
    known = [[ago for ago in story if ago >= weeks_ago] for story in stories]
    return (
        np.array([len(story) - 1.0 for story in known]),
        np.array([story[0] - story[-1] for story in known]),
        np.array([story[0] - weeks_ago for story in known]),
    )
