"""How long, how often and how a person is in touch with the house: what stages and portrait are made of.

Read from the facts within reach: a store sees its relation with somebody, the group sees all of it.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from members import sets
from members.lifecycle import house, stages
from members.models import Member
from members.queries.scopes import Reach

# What the house writes is no act of the customer, but for what tells of one. Only silences and the first few purchases
# make stages: of each span that is shorter than any silence, the first and the last act and purchase are enough.
SIGNALS = """
WITH places AS MATERIALIZED (SELECT id FROM members_organization WHERE path LIKE %(path)s),
house AS MATERIALIZED (
    SELECT NOT EXISTS (SELECT FROM members_organization WHERE path NOT LIKE %(path)s) AS whole
),
own AS MATERIALIZED (
    SELECT a.id, a.first_seen_at, a.last_seen_at,
           %(all)s OR EXISTS (SELECT FROM members_membership m WHERE m.account_id = a.id
                              AND m.organization_id IN (SELECT id FROM places)) AS seen
    FROM members_account a WHERE a.member_id = %(member)s AND a.emptied_at IS NULL
), bought AS MATERIALIZED (
    SELECT o.at, row_number() OVER (ORDER BY o.at) AS number,
           row_number() OVER (PARTITION BY o.span ORDER BY o.at) AS place,
           row_number() OVER (PARTITION BY o.span ORDER BY o.at DESC) AS place_from_end
    FROM own CROSS JOIN LATERAL (
        SELECT o.occurred_at AS at, date_bin(%(span)s, o.occurred_at, '2000-01-01 00:00+00') AS span FROM members_order o
        WHERE o.account_id = own.id AND o.status IN ('paid', 'completed') AND NOT o.reward AND o.occurred_at <= %(now)s
          AND (%(all)s OR (SELECT whole FROM house) OR o.organization_id IN (SELECT id FROM places)) OFFSET 0
    ) o
), named AS MATERIALIZED (
    SELECT e.span, e.name, min(e.at) AS first, max(e.at) AS last, count(*) AS acts
    FROM own CROSS JOIN LATERAL (
        SELECT e.name, e.occurred_at AS at, date_bin(%(span)s, e.occurred_at, '2000-01-01 00:00+00') AS span
        FROM members_event e
        WHERE e.account_id = own.id AND e.occurred_at <= %(now)s
          AND (%(all)s OR e.organization_id IS NOT NULL
                          AND ((SELECT whole FROM house) OR e.organization_id IN (SELECT id FROM places))) OFFSET 0
    ) e GROUP BY e.span, e.name
), acted AS MATERIALIZED (
    SELECT min(first) AS first, max(last) AS last, sum(acts)::bigint AS acts FROM named
    WHERE strpos(name, '.') = 0 OR name = ANY(%(acts)s) OR name !~ %(house)s GROUP BY span
)
SELECT least((SELECT min(first_seen_at) FROM own WHERE seen), (SELECT min(at) FROM bought), (SELECT min(first) FROM acted)),
       greatest((SELECT least(max(last_seen_at), %(now)s) FROM own WHERE seen), (SELECT max(at) FROM bought),
                (SELECT max(last) FROM acted)),
       ARRAY(SELECT at FROM bought WHERE number <= %(few)s OR place = 1 OR place_from_end = 1),
       ARRAY(SELECT first FROM acted UNION SELECT last FROM acted),
       (SELECT count(*) FROM bought) + (SELECT coalesce(sum(acts), 0)::bigint FROM acted)
"""
RULES = stages.Settings()
SPAN = dt.timedelta(days=RULES.dormant_days // 3)


@dataclass(frozen=True)
class Relation:
    """``days`` are those between first and last contact by the company's calendar; ``signals`` are purchases and acts;
    ``stages`` the history, oldest first."""

    first_at: dt.datetime
    last_at: dt.datetime
    days: int
    signals: int
    stages: list[stages.Stage]

    @property
    def stage(self) -> stages.Stage:
        return self.stages[-1]


def of(*, member: Member, reach: Reach, now: dt.datetime) -> Relation | None:
    """The relation as of ``now``; None where nothing within reach tells of one. One statement."""
    if not reach:
        return None
    path = reach.node.path if reach.node else ""
    given = {"member": member.pk, "all": reach.everything, "path": f"{path}%", "now": now}
    given |= {"house": house.EVENTS, "acts": list(house.OF_CUSTOMERS), "span": SPAN, "few": RULES.mature_from}
    [[first, last, bought, acted, signals]] = sets.named(SIGNALS, **given)
    if first is None or first > now:
        return None
    told = stages.stages(first_seen=first, purchases=bought, acts=acted, as_of=now, settings=RULES)
    return Relation(first, last, (_day(last) - _day(first)).days, signals, told)


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(timezone.get_default_timezone()).date()
