"""Who brings whom, and who opens what others share: a network of everybody, its tags and its reports.

Nineteen of twenty were brought by somebody older (the older, the more), the others by one of 500 guides; each opened
two things that others had shared, nine times in ten of his own fifty.
"""

import datetime as dt
import resource
import time

from benchmarks import fixtures, tags_models
from benchmarks.fixtures import BEGIN
from benchmarks.measures import Measure, at_most, shown
from members.models import Channel, Organization
from reports.queries import network, sharing
from tags.conditions.sql import build
from tags.models import Tag
from tags.queries import selection

BROUGHT = f"""
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT CASE WHEN i %% 20 = 0 THEN i ELSE 1 + floor((i - 1) * power((hashint8(i) & 2147483647) / 2147483648.0, 2)) END,
       %(channel)s, %(group)s, 'referral', {BEGIN} + i * interval '1 second',
       CASE WHEN i %% 20 = 0 THEN jsonb_build_object('inviter', jsonb_build_object('role', 'guide', 'id', 'G-' || i %% 500))
            ELSE jsonb_build_object('invitee', jsonb_build_object('external_id', 'a' || i)) END
FROM generate_series(2::bigint, %(members)s) AS i
"""
OPENED = f"""
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT i, %(channel)s, %(group)s, 'share_opened', {BEGIN} + interval '300 days' + i * interval '10 seconds',
       jsonb_build_object('by', 'a' || 1 + CASE WHEN h %% 10 = 0 THEN h %% %(members)s
                                           ELSE (i - 1) / 50 * 50 + least(h %% 50, %(members)s - 1 - (i - 1) / 50 * 50) END)
FROM generate_series(1::bigint, %(members)s) AS i, generate_series(1, 2) AS k,
     LATERAL (SELECT (hashint8(i * 2 + k) & 2147483647)::bigint AS h) drawn
"""
# What tag and report must say, as somebody would count it by hand.
BY_HAND = """
SELECT count(*) FROM members_event e JOIN members_account a ON a.id = e.account_id
WHERE e.name = 'referral' AND e.properties ? 'invitee' AND a.member_id = {member}"""
TOLD_OF = "coalesce(e.properties -> 'invitee' ->> 'external_id', e.properties ->> 'by')"
NEIGHBOURS = f"""
SELECT count(DISTINCT other) FROM (
    SELECT b.id FROM members_event e JOIN members_account b ON b.external_id = {TOLD_OF}
    WHERE e.account_id = {{member}} AND e.name IN ('referral', 'share_opened')
    UNION ALL
    SELECT e.account_id FROM members_event e
    WHERE e.name IN ('referral', 'share_opened') AND {TOLD_OF} = 'a' || {{member}}::bigint) o (other)
WHERE other <> {{member}}"""
SHARING = f"""
SELECT count(DISTINCT p.id) FROM members_event e JOIN members_account b ON b.external_id = {TOLD_OF}
CROSS JOIN LATERAL (VALUES (e.account_id), (b.id)) AS p (id)
WHERE e.name IN ('referral', 'share_opened') AND e.account_id <> b.id"""
MOST = "SELECT member_id, numbers[{slot}] FROM tags_membertags ORDER BY numbers[{slot}] DESC NULLS LAST, member_id LIMIT 10"
ALL = "SELECT sum(numbers[{slot}]) FROM tags_membertags"


def measures(*, group: Organization, members: int, scale: float, as_of: dt.datetime) -> list[Measure]:
    _fill(members)
    tags = [
        tags_models.define("brought", model="brought", group=group),
        tags_models.define("brought_in_all", model="brought", group=group, count="all"),
        tags_models.define("network_value", model="network_value", group=group),
        tags_models.define("koc", model="koc", group=group),
    ]
    tagged = tags_models.seconds(tags, as_of)
    _check_tags(tags[0], members)
    trees, fission = _timed(network.report, group, as_of)
    shares, graph = _timed(sharing.report, group, as_of)
    if (told := (fission.brought, graph.people)) != (hand := (members - 1, selection.row(build(SHARING))[0])):
        raise RuntimeError(f"people brought, people who share: {told}, by hand {hand}")
    _check_graph(graph)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    what = f"graph measures of {members:,} people and {graph.arrows:,} links"
    return [
        at_most(what, trees + shares, "s", tags_models.limit(scale)),
        shown("of it depth, pattern and key people of the trees", trees, "s"),
        shown("of it degree, betweenness, PageRank, communities of the share graph", shares, "s"),
        at_most("people brought, in all, network value, key opinion consumers: four tags, learned and written",
                tagged, "s", tags_models.limit(scale)),
        shown("memory of the process with the graph", memory, "MB"),
    ]  # fmt: skip


def _fill(members: int) -> None:
    given = {
        "members": members,
        "channel": Channel.objects.earliest("id").pk,
        "group": Organization.objects.earliest("id").pk,
    }
    with fixtures.filling() as cursor:
        cursor.execute(BROUGHT, given)
        cursor.execute(OPENED, given)


def _timed(report, group: Organization, as_of: dt.datetime) -> tuple[float, object]:
    begun = time.perf_counter()
    found = report(node=group, as_of=as_of)
    return time.perf_counter() - begun, found


def _check_tags(brought: Tag, members: int) -> None:
    """Everybody but the guides' people counts for one, and those who brought most have as many as were told."""
    most = dict(selection.rows(build(MOST, slot=brought.slot)))
    told = {member: selection.row(build(BY_HAND, member=member))[0] for member in most}
    whole = selection.row(build(ALL, slot=brought.slot))[0]
    if told != most or whole != members - 1 - members // 20:
        raise RuntimeError(f"brought {most}, by hand {told}; {whole:,.0f} in all")


def _check_graph(graph: sharing.Sharing) -> None:
    for row in graph.rows[:3]:
        member = int(row.person.split()[0].lstrip("0"), 16)  # as `fixtures.people` makes a OneID
        if row.degree != (hand := selection.row(build(NEIGHBOURS, member=member))[0]):
            raise RuntimeError(f"{row.person} has {row.degree} neighbours, by hand {hand}")
