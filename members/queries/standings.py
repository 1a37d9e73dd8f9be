"""Where a member stands in each programme: derived from the facts of all his accounts, so it parts and joins with them.

The facts are grants of tiers and statements of channels (`tier_candidates`); what is left over of them is made one by the
programme's policies. Nobody writes anything when accounts are joined or parted.
"""

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from members.models import Member, Programme
from members.queries import tier_candidates as facts

CONCERNED = f"""
WITH concerned AS (
    SELECT a.member_id, p.id AS programme_id
    FROM members_account a JOIN members_membership m ON m.account_id = a.id
         CROSS JOIN LATERAL ({facts.nearest("m.organization_id")}) p
    WHERE a.member_id = ANY(%(members)s::bigint[]) AND (m.stated_at IS NOT NULL OR m.joined_at IS NOT NULL)
    UNION
    SELECT a.member_id, g.programme_id FROM members_account a JOIN members_tiergrant g ON g.account_id = a.id
    WHERE a.member_id = ANY(%(members)s::bigint[])
    UNION
    SELECT a.member_id, p.programme_id
    FROM members_account a JOIN members_wallet k ON k.account_id = a.id
         JOIN members_plan p ON p.growth_book_id = k.book_id AND p.cycle = 'long' AND p.state <> 'draft'
    WHERE a.member_id = ANY(%(members)s::bigint[])
)"""  # noqa: S608

ORDERED = """
unnest(%(places)s::bigint[], %(accounts)s::bigint[], %(programmes)s::bigint[], %(times)s::timestamptz[])
     AS q (place, account_id, programme_id, at) JOIN members_account z ON z.id = q.account_id
"""

# Where nobody said or gave anything of a tier, it is the same for all under one plan.
SAID = f"""
SELECT q.place, q.programme_id, p.id,
       EXISTS (SELECT FROM members_account o JOIN members_tiergrant g ON g.account_id = o.id
               WHERE o.member_id = z.member_id AND g.programme_id = q.programme_id)
       OR coalesce(p.by_statement, true) AND EXISTS (SELECT FROM members_account o JOIN members_membership m ON m.account_id = o.id
                                     WHERE o.member_id = z.member_id AND m.tier <> '')
FROM {ORDERED} LEFT JOIN LATERAL (
    SELECT p.id, p.growth_book_id IS NULL OR NOT EXISTS (SELECT FROM members_tierrule r WHERE r.plan_id = p.id)
           OR EXISTS (SELECT FROM members_openingrule o WHERE o.programme_id = p.programme_id AND o.tiers) AS by_statement
    FROM members_plan p
    WHERE p.programme_id = q.programme_id AND p.cycle = 'long' AND p.state <> 'draft' AND p.starts_at <= q.at
    ORDER BY p.starts_at DESC LIMIT 1
) p ON true
"""  # noqa: S608

# The tier is that of one fact, unless several are left over and growth decides; nobody's fact: the one that needs no growth.
STANDING = f"""
{facts.ASKED}, {facts.TOLD}, {facts.CANDIDATES}, {facts.BEST}, {facts.GROWN}, summed AS (
    SELECT s.ask, array_agg(s.account_id) AS accounts, count(DISTINCT s.points) AS different_points,
           sum(s.points) AS points, max(s.points) AS most_points, sum(s.growth) AS growth,
           jsonb_agg(jsonb_build_object('account', s.account_id, 'tier', s.tier, 'points', s.points::text,
                                        'growth', s.growth::text, 'at', s.stated_at)
                     ORDER BY t.rank DESC NULLS LAST, s.points DESC NULLS LAST, s.account_id) AS statements
    FROM told s JOIN asked w USING (ask)
         LEFT JOIN members_tier t ON t.programme_id = w.programme_id AND t.code = s.tier
    GROUP BY s.ask
), judged AS (
    SELECT w.*, p.tier_policy, p.points_policy, x.tiers, x.points AS settled_points, s.ask IS NOT NULL AS stated,
           CASE WHEN w.ruled THEN coalesce(g.steps, 0) / 10::numeric ^ w.scale END AS ledger_growth,
           CASE WHEN w.ruled THEN coalesce(g.steps, 0) / 10::numeric ^ w.scale ELSE s.growth END AS measure,
           s.points, s.most_points, s.growth, s.statements, s.different_points
    FROM asked w JOIN members_programme p ON p.id = w.programme_id
         LEFT JOIN summed s USING (ask) LEFT JOIN grown g USING (ask)
         LEFT JOIN LATERAL (
             SELECT x.tiers, x.points FROM members_settlement x
             WHERE x.programme_id = w.programme_id AND x.withdrawn_at IS NULL AND s.accounts <@ x.accounts
             ORDER BY x.decided_at DESC, x.id DESC LIMIT 1
         ) x ON true
), standing AS MATERIALIZED (
    SELECT j.*, z.how,
           CASE z.how WHEN 'growth' THEN coalesce(e.id, l.tier_id) WHEN 'basic' THEN e.id ELSE b.tier_id END AS tier_id,
           CASE z.how WHEN 'growth' THEN coalesce(e.code, l.tier) WHEN 'basic' THEN e.code ELSE b.tier END AS tier,
           CASE z.how WHEN 'growth' THEN coalesce(e.rank, l.rank) WHEN 'basic' THEN e.rank ELSE b.rank END AS rank,
           CASE z.how WHEN 'growth' THEN b.last_at WHEN 'fact' THEN b.from_at END AS from_at,
           CASE z.how WHEN 'fact' THEN b.valid_until END AS valid_until,
           CASE z.how WHEN 'growth' THEN 'joined' WHEN 'fact' THEN b.reason ELSE '' END AS reason
    FROM judged j LEFT JOIN best b USING (ask) LEFT JOIN lowest l USING (ask)
         CROSS JOIN LATERAL (
             SELECT CASE WHEN b.ask IS NULL THEN 'basic'
                    WHEN b.several > 1 AND coalesce(j.tiers, j.tier_policy) = 'growth' AND j.measure IS NOT NULL
                    THEN 'growth' ELSE 'fact' END AS how
         ) z
         LEFT JOIN LATERAL (
             SELECT t.id, t.code, t.rank FROM members_tierrule r JOIN members_tier t ON t.id = r.tier_id
             WHERE r.plan_id = j.plan_id
               AND CASE z.how WHEN 'growth' THEN r.growth_from <= j.measure
                              WHEN 'basic' THEN j.ruled AND r.growth_from <= 0 ELSE false END
             ORDER BY t.rank DESC LIMIT 1
         ) e ON true
)"""  # noqa: S608

# Person by person: joined as sets, thousands of them would be compared each with each.
STANDINGS = f"""
{CONCERNED}
SELECT told.* FROM concerned q CROSS JOIN LATERAL (
WITH wanted AS (
    SELECT 1 AS ask, q.member_id, q.programme_id, coalesce(%(at)s::timestamptz, now()) AS at
), {STANDING}, differing AS (
    SELECT ask, count(DISTINCT code) AS tiers FROM said GROUP BY ask
)
SELECT s.member_id, p.id, o.code AS organization, p.name, coalesce(s.tier, ''),
       CASE s.settled_points WHEN 'highest' THEN s.most_points ELSE s.points END, s.growth, s.statements::text,
       coalesce(s.tiers, s.tier_policy), coalesce(s.settled_points, s.points_policy),
       d.tiers > 1 AND coalesce(s.tiers, s.tier_policy) = 'ask',
       s.different_points > 1 AND coalesce(s.settled_points, s.points_policy) = 'ask',
       d.tiers > 1, s.different_points > 1,
       s.rank, s.from_at, s.valid_until, s.reason, s.ledger_growth, n.code, n.growth_from, o.path
FROM standing s JOIN members_programme p ON p.id = s.programme_id
     JOIN members_organization o ON o.id = p.organization_id LEFT JOIN differing d USING (ask)
     LEFT JOIN LATERAL (
         SELECT t.code, r.growth_from FROM members_tierrule r JOIN members_tier t ON t.id = r.tier_id
         WHERE s.ruled AND r.plan_id = s.plan_id AND r.growth_from IS NOT NULL AND t.rank > coalesce(s.rank, -1)
         ORDER BY t.rank LIMIT 1
     ) n ON true
WHERE s.stated OR s.how <> 'basic' OR s.ruled
) told ORDER BY told.member_id, told.path
"""  # noqa: S608
TIERS = f"""
SELECT q.place, s.tier_id FROM {ORDERED} CROSS JOIN LATERAL (
    WITH wanted AS (SELECT q.place AS ask, z.member_id, q.programme_id, q.at), {STANDING} SELECT tier_id FROM standing
) s
"""  # noqa: S608


# Statements that count stand between the grants as facts of their own; a grant that does not count is about several
# people as it stands now, or about accounts whose records were withdrawn. It stands in the log of each of them.
LOG = f"""
WITH wanted AS (
    SELECT 1 AS ask, %(member)s::bigint AS member_id, %(programme)s::bigint AS programme_id, now() AS at
), {facts.ASKED}, {facts.TOLD}, given AS (
    SELECT g.id FROM members_account a JOIN members_tiergrant g ON g.account_id = a.id WHERE a.member_id = %(member)s
    UNION
    SELECT g.id FROM members_tiergrant g
    WHERE cardinality(g.basis) > 1 AND g.basis && ARRAY(SELECT id FROM members_account WHERE member_id = %(member)s)
)
SELECT g.id, coalesce(t.code, ''), g.reason, g.from_at, g.valid_until, g.growth / 10::numeric ^ b.scale,
       coalesce(u.username, ''), g.note, g.basis, NOT EXISTS (
           SELECT FROM unnest(g.basis) AS n (id) JOIN members_account x ON x.id = n.id
           WHERE x.member_id <> %(member)s OR x.emptied_at IS NOT NULL)
FROM given JOIN members_tiergrant g ON g.id = given.id AND g.programme_id = %(programme)s
     LEFT JOIN members_tier t ON t.id = g.tier_id LEFT JOIN members_plan p ON p.id = g.plan_id
     LEFT JOIN members_book b ON b.id = p.growth_book_id LEFT JOIN auth_user u ON u.id = g.by_id
UNION ALL
SELECT 0, code, 'stated', from_at, valid_until, NULL, '', '', ARRAY[account_id], true FROM said
ORDER BY 4, 1
"""  # noqa: S608


@dataclass(frozen=True)
class Statement:
    """What one account's channel says: its tier as stated, even where the programme knows no such tier."""

    account: int
    tier: str
    points: Decimal | None
    growth: Decimal | None
    at: dt.datetime


@dataclass(frozen=True)
class Standing:
    """One member in one programme. ``tier`` and ``points`` are what the policies made of facts and ``statements``, the
    highest stated tier first; ``asked`` lists what a steward is asked ("tier", "points"), ``differing`` what differs.

    ``since``, ``until`` (the first instant after it; None: without end) and ``reason`` (of TierGrant, "stated" by a
    channel, or "" for the tier that needs no growth) are those of the fact that counts. ``ledger_growth``: what counts
    of the growth book now, None where no plan rules tiers; ``next_tier`` lacks ``to_next`` of it.
    """

    member: int
    programme: int
    organization: str
    name: str
    tier: str
    points: Decimal | None
    growth: Decimal | None
    statements: tuple[Statement, ...]
    tier_policy: str
    points_policy: str
    asked: tuple[str, ...]
    differing: tuple[str, ...]
    tier_rank: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    reason: str = ""
    ledger_growth: Decimal | None = None
    next_tier: str = ""
    to_next: Decimal | None = None


@dataclass(frozen=True)
class Change:
    """A fact that says a tier, in the order in which they count. ``before``: the tier that it superseded; ``after``: the
    one that it says (codes, "" for none). ``counts``: False while it is about several people."""

    grant: int  # 0: a channel's statement
    before: str
    after: str
    reason: str
    at: dt.datetime
    until: dt.datetime | None
    growth: Decimal | None
    by: str
    note: str
    counts: bool


Asked = tuple[int, int, dt.datetime]  # account, programme, when


def of(*, members: Collection[int], at: dt.datetime | None = None) -> list[Standing]:
    """The standings of members (ids) in every programme that knows something of one of their accounts; by the plans and
    grants of ``at`` (None: now). Programmes without a plan that rules tiers: as the channels state."""
    if not members:
        return []
    return [_standing(*row) for row in facts.run(STANDINGS, members=sorted(set(members)), at=at)]


def tiers_at(asked: Collection[Asked]) -> dict[Asked, int | None]:
    """The tier (id) at a time of whoever has an account, over all accounts that are one person now; None: no tier."""
    rows = sorted(set(asked))
    same: dict[tuple, int] = {}
    told = {
        place: place if said else same.setdefault((programme, plan), place)
        for place, programme, plan, said in _ask(SAID, dict(enumerate(rows)))
    }
    found = dict(_ask(TIERS, {place: rows[place] for place in set(told.values())}))
    return {row: found.get(told.get(place)) for place, row in enumerate(rows)}


def _ask(sql: str, rows: dict[int, Asked]) -> list[tuple]:
    if not rows:
        return []
    accounts, programmes, times = (list(column) for column in zip(*rows.values(), strict=True))
    return facts.run(sql, places=list(rows), accounts=accounts, programmes=programmes, times=times)


def log(*, member: Member, programme: Programme) -> list[Change]:
    """Every fact about the person's tier, the oldest first; what was given to him and others together too, while they were
    one person. One statement."""
    changes, earlier = [], []
    for grant, after, reason, at, until, growth, by, note, basis, counts in facts.run(
        LOG, member=member.pk, programme=programme.pk
    ):
        known = [tier for accounts, tier, counted in earlier if counted and accounts <= set(basis)]
        before = known[-1] if known else ""
        changes.append(Change(grant, before, after, reason, at, until, _plain(growth), by, note, counts))
        earlier.append((set(basis), after, counts))
    return changes


def _standing(member, programme, code, name, tier, points, growth, statements, *rest) -> Standing:
    tier_policy, points_policy, *flags, rank, since, until, reason, measured, following, needs, _path = rest
    ask_tier, ask_points, tiers_differ, points_differ = flags
    return Standing(
        member, programme, code, name, tier, points, growth,
        tuple(_statement(each) for each in json.loads(statements or "[]")),
        tier_policy, points_policy,
        _named(ask_tier, ask_points), _named(tiers_differ, points_differ),
        rank, since, until, reason, _plain(measured), following or "",
        None if needs is None else max(Decimal(0), needs - measured),
    )  # fmt: skip


def _plain(amount: Decimal | None) -> Decimal | None:
    """Without the zeros that a division leaves behind."""
    return None if amount is None else amount.quantize(Decimal("0.0001"))


def _statement(told: dict) -> Statement:
    points, growth = (None if told[name] is None else Decimal(told[name]) for name in ("points", "growth"))
    return Statement(told["account"], told["tier"], points, growth, dt.datetime.fromisoformat(told["at"]))


def _named(tier: bool, points: bool) -> tuple[str, ...]:
    return tuple(name for name, true in (("tier", tier), ("points", points)) if true)
