"""What channels stated of their members and what of it has been taken over, by account, opening rule and book."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from msgspec import Struct

from members import sets
from members.models import OpeningRule, Settlement

NEAREST = """
        SELECT p.id FROM members_programme p JOIN members_organization o ON o.id = p.organization_id
        WHERE node.path LIKE o.path || '%%' ORDER BY length(o.path) DESC LIMIT 1
"""
# The latest statement within a rule's time. What is stated now may be later than that: then the log knows what was said
# before. One that nobody can hold in a posting says nothing at all, and less than nothing is nothing. Of points that a
# steward settled to be one balance stated twice, only the highest statement counts. What an erased person was given
# stays, though nobody states it any more.
DIFFERENCES = f"""
WITH rules AS MATERIALIZED (
    SELECT r.id, r.programme_id, r.channel_id, part.name, part.book_id, part.rate, 10::numeric ^ b.scale AS step,
           coalesce(r.until, 'infinity') AS until, coalesce(least(b.closed_at, p.closed_at), 'infinity') AS closed_at
    FROM members_openingrule r JOIN members_programme p ON p.id = r.programme_id
    CROSS JOIN LATERAL (
        VALUES ('points', r.points_book_id, r.points_rate), ('growth', r.growth_book_id, r.growth_rate)
    ) part (name, book_id, rate)
    JOIN members_book b ON b.id = part.book_id WHERE r.id = ANY(%s::bigint[])
), wanted AS MATERIALIZED (
    SELECT a.id, a.channel_id, a.member_id
    FROM (SELECT DISTINCT unnest(%s::bigint[]) AS id) n JOIN members_account a USING (id)
    WHERE a.emptied_at IS NULL OR NOT EXISTS (SELECT FROM members_erasure e WHERE a.id = ANY(e.accounts))
), stated AS (
    SELECT DISTINCT ON (w.id, r.id, r.book_id) w.id AS account_id, w.member_id, r.id AS rule_id, r.programme_id, r.name,
           r.book_id, r.rate, r.step, s.value, s.at
    FROM wanted w JOIN rules r ON r.channel_id = w.channel_id
    JOIN members_membership m ON m.account_id = w.id
    JOIN members_organization node ON node.id = m.organization_id
    CROSS JOIN LATERAL ({NEAREST}) nearest
    CROSS JOIN LATERAL (
        SELECT CASE r.name WHEN 'points' THEN m.points ELSE m.growth END AS value,
               CASE r.name WHEN 'points' THEN m.points_at ELSE m.growth_at END AS at
    ) latest
    CROSS JOIN LATERAL (
        SELECT latest.value, latest.at WHERE latest.at <= r.until AND latest.at < r.closed_at
        UNION ALL
        SELECT (said ->> r.name)::numeric, e.occurred_at
        FROM members_event e CROSS JOIN LATERAL jsonb_array_elements(e.properties -> 'membership') said
        WHERE NOT (latest.at <= r.until AND latest.at < r.closed_at)
          AND e.account_id = w.id AND e.occurred_at <= r.until AND e.occurred_at < r.closed_at
          AND e.name = 'account.recorded' AND said ->> 'organization' = node.code AND said ? r.name
    ) s
    WHERE nearest.id = r.programme_id
    ORDER BY w.id, r.id, r.book_id, s.at DESC, s.value DESC
), settled AS MATERIALIZED (
    SELECT DISTINCT a.member_id, x.programme_id
    FROM members_settlement x CROSS JOIN LATERAL unnest(x.accounts) AS u (id) JOIN wanted a ON a.id = u.id
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT m.account_id) AS accounts FROM members_account o
        JOIN members_membership m ON m.account_id = o.id AND m.stated_at IS NOT NULL
        JOIN members_organization node ON node.id = m.organization_id
        CROSS JOIN LATERAL ({NEAREST}) nearest
        WHERE o.member_id = a.member_id AND nearest.id = x.programme_id
    ) s
    WHERE x.points = 'highest' AND x.withdrawn_at IS NULL AND x.id = (
        SELECT y.id FROM members_settlement y
        WHERE y.programme_id = x.programme_id AND y.withdrawn_at IS NULL AND s.accounts <@ y.accounts
        ORDER BY y.decided_at DESC, y.id DESC LIMIT 1)
), fitting AS (
    SELECT *, CASE WHEN value > 0 AND value * rate * step <= 1e15 THEN value ELSE 0 END AS fits FROM stated
), due AS (
    SELECT account_id, rule_id, book_id, rate, at, asked, floor(asked * rate * step)::bigint AS steps,
           asked * rate - floor(asked * rate * step) / step AS lost
    FROM (
        SELECT f.*, CASE WHEN x.member_id IS NOT NULL AND f.name = 'points' AND row_number() OVER (
                   PARTITION BY f.member_id, f.programme_id, f.name ORDER BY f.fits DESC, f.at DESC, f.account_id) > 1
               THEN 0 ELSE f.fits END AS asked
        FROM fitting f LEFT JOIN settled x USING (member_id, programme_id)
    ) one
), standing AS (
    SELECT p.account_id, v.opening_id AS rule_id, p.book_id, sum(p.amount - p.short)::bigint AS steps, count(*) AS times,
           min(p.id) AS first, max(p.occurred_at) AS last_at, (array_agg(v.rate ORDER BY p.id DESC))[1] AS rate
    FROM wanted w JOIN members_posting p ON p.account_id = w.id AND p.verb IN ('open', 'reverse')
    JOIN members_conversion v ON v.posting_id = p.id AND v.opening_id IS NOT NULL
    GROUP BY 1, 2, 3
)
SELECT account_id, rule_id, book_id, coalesce(d.steps, 0) - coalesce(s.steps, 0), coalesce(s.times, 0), s.first, s.last_at,
       coalesce(d.asked, 0), coalesce(d.rate, s.rate), round(coalesce(d.lost, 0), 8), d.at
FROM due d FULL JOIN standing s USING (account_id, rule_id, book_id)
WHERE coalesce(d.steps, 0) <> coalesce(s.steps, 0)
ORDER BY 1, 2, 3
"""  # noqa: S608
# Those of whom a settlement, in force or taken back, once said that their points are one balance.
SETTLED_WITH = """
WITH mates AS MATERIALIZED (
    SELECT m.id FROM (SELECT DISTINCT unnest(%s::bigint[]) AS id) n
    JOIN members_account a USING (id) JOIN members_account m ON m.member_id = a.member_id
), those AS (
    SELECT DISTINCT x.id FROM members_settlement x CROSS JOIN LATERAL unnest(x.accounts) AS u (id) JOIN mates ON mates.id = u.id
    WHERE x.points = 'highest'
)
SELECT DISTINCT unnest(x.accounts) FROM members_settlement x JOIN those USING (id)
"""
STORIES = """
SELECT p.account_id, p.rule_id, p.book_id, p.opened, p.back, l.id, l.expired
FROM (
    SELECT p.account_id, v.opening_id AS rule_id, p.book_id, array_agg(p.id) AS ids,
           (sum(p.amount) FILTER (WHERE p.verb = 'open'))::bigint AS opened,
           coalesce(sum(p.short - p.amount) FILTER (WHERE p.verb = 'reverse'), 0)::bigint AS back
    FROM (SELECT DISTINCT unnest(%s::bigint[]) AS account_id) n
    JOIN members_posting p ON p.account_id = n.account_id AND p.verb IN ('open', 'reverse')
    JOIN members_conversion v ON v.posting_id = p.id AND v.opening_id IS NOT NULL GROUP BY 1, 2, 3
) p
JOIN LATERAL (
    SELECT l.id, coalesce((SELECT sum(u.amount) FROM members_lotuse u JOIN members_posting x ON x.id = u.posting_id
                           WHERE u.lot_id = l.id AND x.verb = 'expire'), 0)::bigint AS expired
    FROM members_lot l WHERE l.posting_id = ANY(p.ids) AND l.amount > 0
) l ON true
"""
OF_CHANNEL = "SELECT id FROM members_account WHERE channel_id = %s AND id > %s ORDER BY id LIMIT %s"

Share = tuple[int, int, int]  # account, rule, book


class Difference(Struct):
    """``steps`` to give (or, below zero, to take back) so that an account has what its channel stated: ``asked`` ×
    ``rate``, less ``lost``, stated ``at`` (None: nobody states anything any more)."""

    account: int
    rule: int
    book: int
    steps: int
    times: int
    first: int | None
    last_at: dt.datetime | None
    asked: Decimal
    rate: Decimal
    lost: Decimal
    at: dt.datetime | None

    @property
    def pair(self) -> tuple[int, int]:
        """Book and account."""
        return self.book, self.account

    @property
    def share(self) -> Share:
        return self.account, self.rule, self.book

    def key(self) -> str:
        return f"opening:{self.rule}:{self.book}:{self.account}:{self.times}"


class Story(Struct):
    """What became of what was taken over: given, taken back so far, its lots, and what of them expired."""

    opened: int = 0
    back: int = 0
    expired: int = 0
    lots: list[int] = []


def running() -> list[int]:
    return list(OpeningRule.objects.filter(state=OpeningRule.State.RUNNING).values_list("pk", flat=True))


def begun() -> bool:
    """Whether any rule ever took anything over."""
    return OpeningRule.objects.exclude(state=OpeningRule.State.DRAFT).exists()


def differences(*, accounts: Collection[int], rules: Collection[int]) -> list[Difference]:
    """What these accounts, and those settled with them, lack or have too much if those rules (ids) are in force."""
    wanted = sorted(set(accounts) | settled_with(accounts=accounts))
    rows = sets.run(DIFFERENCES, [], 0, sets.array(sorted(rules)), sets.array(wanted))
    return [Difference(*row) for row in rows]


def settles() -> bool:
    """Whether points were ever settled to be one balance stated twice."""
    return Settlement.objects.filter(points=Settlement.Points.HIGHEST).exists()


def settled_with(*, accounts: Collection[int]) -> set[int]:
    if not settles():
        return set()
    return {row[0] for row in sets.run(SETTLED_WITH, [], 0, sets.array(sorted(accounts)))}


def stories(*, accounts: Collection[int]) -> dict[Share, Story]:
    found: dict[Share, Story] = {}
    for *share, opened, back, lot, expired in sets.run(STORIES, [], 0, sets.array(sorted(accounts))):
        story = found.setdefault(tuple(share), Story(opened, back, 0, []))
        story.lots.append(lot)
        story.expired += expired
    return found


def of_channel(*, channel: int, after: int, limit: int) -> list[int]:
    """Accounts (ids, in their order) of a channel, behind the account ``after``."""
    return [row[0] for row in sets.run(OF_CHANNEL, [], 0, channel, after, limit)]
