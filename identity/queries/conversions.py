"""From the public domain into the private one: who came over, from which source and by which act.

A channel of the group's own is private, any other public. A person is *private* once he has followed, joined,
authorised or been added as a friend; before that, public. A conversion is the first such act of a person whom a public
channel had met before it; its source is the channel of the last public touch before the act. Nothing is stored: all of
it is derived from events, memberships, orders and bindings.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from members.models import Channel, Member, Organization


class Act(models.TextChoices):
    FOLLOW = "follow", _("followed")
    JOIN = "join", _("joined")
    AUTHORISE = "authorise", _("authorised")
    ADD_FRIEND = "add_friend", _("added a WeCom friend")


class Domain(models.TextChoices):
    PUBLIC = "public", _("public")
    PRIVATE = "private", _("private")


# Events that are such an act, on channels of our own.
EVENTS = {
    "follow": Act.FOLLOW,
    "subscribe": Act.FOLLOW,
    "join": Act.JOIN,
    "join_membership": Act.JOIN,
    "register": Act.JOIN,
    "authorise": Act.AUTHORISE,
    "add_friend": Act.ADD_FRIEND,
}

# WeCom knows only those who were added as a friend, so its accounts are that act.
STATEMENT = """
WITH person AS MATERIALIZED (
    SELECT a.id, a.member_id, a.channel_id, a.first_seen_at, c.first_party, c.kind
    FROM members_account a JOIN members_channel c ON c.id = a.channel_id
    WHERE a.emptied_at IS NULL AND a.first_seen_at <= %(as_of)s {people}
),
act AS (
    SELECT p.member_id, n.act, e.occurred_at AS at
    FROM unnest(%(names)s::text[], %(acts)s::text[]) AS n (name, act)
    JOIN members_event e ON e.name = n.name AND e.occurred_at <= %(as_of)s
    JOIN person p ON p.id = e.account_id AND p.first_party
    UNION ALL
    SELECT p.member_id, 'join', k.joined_at
    FROM person p JOIN members_membership k ON k.account_id = p.id WHERE k.joined_at <= %(as_of)s
    UNION ALL
    SELECT p.member_id, b.act, b.first_at
    FROM person p JOIN identity_carried b ON b.account_id = p.id
    WHERE b.act IN ('authorise', 'join') AND b.first_at <= %(as_of)s AND p.first_party
    UNION ALL
    SELECT p.member_id, 'add_friend', p.first_seen_at FROM person p WHERE p.kind = 'wecom'
),
first_act AS MATERIALIZED (
    SELECT DISTINCT ON (member_id) member_id, act, at FROM act ORDER BY member_id, at, act
),
touch AS (
    SELECT p.member_id, p.channel_id, t.at
    FROM person p LEFT JOIN first_act f USING (member_id)
    CROSS JOIN LATERAL (
        SELECT greatest(
            CASE WHEN p.first_seen_at <= coalesce(f.at, %(as_of)s) THEN p.first_seen_at END,
            (SELECT max(e.occurred_at) FROM members_event e
             WHERE e.account_id = p.id AND e.channel_id = p.channel_id
               AND e.name NOT LIKE 'account.%%' AND e.name NOT LIKE 'identity.%%'
               AND e.occurred_at <= coalesce(f.at, %(as_of)s)),
            (SELECT max(o.occurred_at) FROM members_order o
             WHERE o.account_id = p.id AND o.occurred_at <= coalesce(f.at, %(as_of)s))
        ) AS at
    ) t
    WHERE NOT p.first_party AND t.at IS NOT NULL
),
source AS (
    SELECT DISTINCT ON (t.member_id) t.member_id, t.channel_id, t.at
    FROM touch t JOIN members_channel c ON c.id = t.channel_id
    ORDER BY t.member_id, t.at DESC, c.code
)
"""
OF_MEMBERS = """
SELECT m.member_id, f.act, f.at, s.channel_id, s.at
FROM (SELECT DISTINCT member_id FROM person) m
LEFT JOIN first_act f USING (member_id) LEFT JOIN source s USING (member_id)
ORDER BY m.member_id
"""
COUNTED = """
SELECT s.channel_id, coalesce(f.act, ''), count(*) FROM source s LEFT JOIN first_act f USING (member_id)
GROUP BY 1, 2
"""
KNOWN = """AND EXISTS (
    SELECT FROM members_membership k JOIN members_organization o ON o.id = k.organization_id
    WHERE k.account_id = a.id AND o.path LIKE %(path)s)"""


@dataclass(frozen=True)
class Standing:
    """Where one person stands. ``act`` is the first one into the private domain, ``source`` the last public touch
    before it (or until now); with both it is a conversion."""

    member: int
    act: str
    at: dt.datetime | None
    source: int | None
    touched_at: dt.datetime | None

    @property
    def domain(self) -> Domain:
        return Domain.PRIVATE if self.act else Domain.PUBLIC

    @property
    def converted(self) -> bool:
        return bool(self.act and self.source)


def of(*, member: Member, as_of: dt.datetime, accounts: Collection[int] | None = None) -> Standing:
    """Where one person stands, with ``accounts`` by these of his alone; public, if nothing is known of him."""
    found = standings(as_of=as_of, members=[member.pk], accounts=accounts)
    return found[0] if found else Standing(member.pk, "", None, None, None)


def standings(
    *, as_of: dt.datetime, members: Collection[int] | None = None, accounts: Collection[int] | None = None
) -> list[Standing]:
    """Where these members (and accounts), or all, stood at a time, by member. Later facts do not count."""
    people = "" if members is None else "AND a.member_id = ANY(%(members)s)"
    people += "" if accounts is None else " AND a.id = ANY(%(accounts)s)"
    given = _parameters(as_of, members=list(members or ()), accounts=list(accounts or ()))
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(people=people) + OF_MEMBERS, given)
        return [
            Standing(member, act or "", at, source, touched)
            for member, act, at, source, touched in cursor.fetchall()
        ]


def counted(*, as_of: dt.datetime, node: Organization) -> list[tuple[int, str, int]]:
    """(source channel, act, people) of people whom public channels had met, of accounts known at the node or below;
    the act is "" for those who have not come over."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(people=KNOWN) + COUNTED, _parameters(as_of, path=f"{node.path}%"))
        return cursor.fetchall()


def source_of(standing: Standing) -> Channel | None:
    return Channel.objects.filter(pk=standing.source).first() if standing.source else None


def _parameters(as_of: dt.datetime, **more) -> dict:
    return {"as_of": as_of, "names": list(EVENTS), "acts": [str(act) for act in EVENTS.values()], **more}
