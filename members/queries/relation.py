"""How long, how often and how a person is in touch with the house: what stages and portrait are made of.

Read from the facts within reach: a store sees its relation with somebody, the group sees all of it.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from members.lifecycle import stages
from members.models import Member
from members.queries.scopes import Reach

# What the house writes is no act of the customer, but for what tells of one. Of each day its first and last act are
# enough: silences are longer than a day.
SIGNALS = """
WITH places AS (SELECT id FROM members_organization WHERE path LIKE %(path)s),
own AS (
    SELECT a.id, a.first_seen_at, a.last_seen_at,
           %(all)s OR EXISTS (SELECT FROM members_membership m WHERE m.account_id = a.id
                              AND m.organization_id IN (SELECT id FROM places)) AS seen
    FROM members_account a WHERE a.member_id = %(member)s AND a.emptied_at IS NULL
), bought AS (
    SELECT o.occurred_at AS at FROM own JOIN members_order o ON o.account_id = own.id
    WHERE o.status IN ('paid', 'completed') AND o.occurred_at <= %(now)s
      AND (%(all)s OR o.organization_id IN (SELECT id FROM places))
), acted AS (
    SELECT min(e.occurred_at) AS first, max(e.occurred_at) AS last, count(*) AS acts
    FROM own JOIN members_event e ON e.account_id = own.id
    WHERE e.occurred_at <= %(now)s AND (%(all)s OR e.organization_id IN (SELECT id FROM places))
      AND (strpos(e.name, '.') = 0 OR e.name IN ('order.returned', 'review.posted', 'ticket.filed', 'ticket.rated')
           OR e.name !~ %(house)s)
    GROUP BY date_bin('1 day', e.occurred_at, '2000-01-01 00:00+00')
)
SELECT least((SELECT min(first_seen_at) FROM own WHERE seen), (SELECT min(at) FROM bought), (SELECT min(first) FROM acted)),
       greatest((SELECT least(max(last_seen_at), %(now)s) FROM own WHERE seen), (SELECT max(at) FROM bought),
                (SELECT max(last) FROM acted)),
       ARRAY(SELECT at FROM bought),
       ARRAY(SELECT first FROM acted UNION SELECT last FROM acted),
       (SELECT count(*) FROM bought) + (SELECT coalesce(sum(acts), 0)::bigint FROM acted)
"""
HOUSE = (
    r"^(account|order|review|identity|message|campaign|tag|points|growth|stored_value|gift_card|gift|red_packet|budget"
    r"|tier|right|ticket|appliance|hold|plan|opening|programme)\w*\."
)


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
    given = {"member": member.pk, "all": reach.everything, "path": f"{path}%", "now": now, "house": HOUSE}
    with connection.cursor() as cursor:
        cursor.execute(SIGNALS, given)
        first, last, bought, acted, signals = cursor.fetchone()
    if first is None or first > now:
        return None
    told = stages.stages(first_seen=first, purchases=bought, acts=acted, as_of=now)
    return Relation(first, last, (_day(last) - _day(first)).days, signals, told)


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(timezone.get_default_timezone()).date()
