"""Rights that goods bring: kept equal to what the rules say of each order as it stands now.

A difference, not a sequence of cases: whatever arrives first, and however often, what is due is granted once and what is no
longer due is revoked. What a person revoked by hand stays revoked.
"""

import datetime as dt
from collections.abc import Collection
from functools import partial

from django.db import connection, transaction
from django.db.models.fields.json import KT

from members import sets
from members.actions import appliances, earning, events, right_codes, settling
from members.actions.events import Happening
from members.models import Event, Right, RightGrant, RightRule
from members.queries import bought_rights, earnings
from members.queries.bought_rights import Difference, Key

READER = "rights"
BATCH = 5_000
COLUMNS = ("tx", "name", "channel_id", "account_id")

GRANT = """
INSERT INTO members_rightgrant (right_id, account_id, source, source_key, rule_id, channel_id, order_key, serial, quantity,
                                valid_from, valid_until, recorded_at)
SELECT n.*, %s FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[],
                           %s::text[], %s::int[], %s::timestamptz[], %s::timestamptz[]) AS n
RETURNING source_key, right_id, id
"""
REVOKE = """
UPDATE members_rightgrant g SET revoked_at = %s, reason = n.reason
FROM unnest(%s::bigint[], %s::text[]) AS n (id, reason) WHERE g.id = n.id
"""
RESTORE = "UPDATE members_rightgrant SET revoked_at = NULL, reason = '' WHERE id = ANY(%s)"
LOCK = "SELECT id FROM members_rightgrant WHERE id = ANY(%s) ORDER BY id FOR UPDATE"


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it took in."""
    log = Event.objects.only(*COLUMNS).annotate(
        order_key=KT("properties__order"), serial=KT("properties__serial")
    )
    return events.follow(reader=READER, log=log, take_in=partial(_settle_told, now), batch=BATCH, now=now)


def _settle_told(now: dt.datetime, told: list[Event]) -> None:
    accounts = sorted(
        {each.account_id for each in told if each.name in earning.OF_ACCOUNTS and each.account_id}
    )
    keys = earning.orders_told(told) | bought_rights.orders_of(accounts=accounts)
    settle(keys=keys, now=now)
    appliances.settle(serials=appliances.told(told=told, orders=keys, accounts=accounts), now=now)


def settle_everything(*, now: dt.datetime, after: int = 0) -> tuple[int, int] | None:
    """One batch of all orders, behind the order ``after``: the last of them and how many; None at the end."""
    rows = earnings.behind(after=after, limit=BATCH)
    if not rows:
        return None
    settle(keys={row[1:] for row in rows}, now=now)
    return rows[-1][0], len(rows)


@transaction.atomic
def settle(*, keys: Collection[Key], now: dt.datetime) -> int:
    """Grant and revoke what these orders (channel id, order number) bring; how many rights that changed."""
    if not keys or not RightRule.objects.exclude(goods=None).exists():
        return 0
    settling.alone()
    found = bought_rights.differences(keys=keys)
    if not found:
        return 0
    gone = [each for each in found if each.grant is not None and not each.due]
    back = [each for each in found if each.grant is not None and each.due]
    new = [each for each in found if each.grant is None]
    _change(gone, back, now)
    rights = Right.objects.in_bulk({each.right for each in found})
    granted = _grant(new, rights, now)
    right_codes.give(rights={pk for pk, right in rights.items() if right.with_code}, now=now)
    _tell(granted, gone, back, rights, now)
    return len(found)


def _change(gone: list[Difference], back: list[Difference], now: dt.datetime) -> None:
    """Revoke first: the one live grant of a serial number may move from one sale to another."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(each.grant for each in (*gone, *back))])
        if gone:
            cursor.execute(REVOKE, [now, *sets.columns([(each.grant, each.reason) for each in gone], 2)])
        if back:
            cursor.execute(RESTORE, [[each.grant for each in back]])


def _grant(new: list[Difference], rights: dict[int, Right], now: dt.datetime) -> dict[int, Difference]:
    rows = [
        (each.right, each.account, RightGrant.Source.ORDER.value, each.key(), each.rule, each.channel, each.order_key,
         each.serial, each.uses, each.occurred_at, rights[each.right].ends(each.occurred_at))
        for each in new
    ]  # fmt: skip
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(GRANT, [now, *sets.columns(rows, 11)])
        made = {row[:2]: row[2] for row in cursor.fetchall()}
    return {made[each.key(), each.right]: each for each in new}


def _tell(granted, gone, back, rights: dict[int, Right], now: dt.datetime) -> None:
    told = [("right.granted", each.occurred_at, grant, each) for grant, each in granted.items()]
    told += [("right.revoked", now, each.grant, each) for each in gone]
    told += [("right.restored", now, each.grant, each) for each in back]
    events.record(happenings=[_happening(*each, rights) for each in sorted(told, key=lambda each: each[2])])


def _happening(
    name: str, at: dt.datetime, grant: int, each: Difference, rights: dict[int, Right]
) -> Happening:
    right = rights[each.right]
    reason = {} if each.due else {"reason": each.reason}
    return Happening(
        name=name, occurred_at=at, channel=each.channel, account=each.account,
        organization=each.organization or right.organization_id,
        properties={"right": right.code, "grant": grant, "order": each.order_key} | reason,
    )  # fmt: skip
