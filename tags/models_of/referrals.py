"""What events tell of who brought whom and who shared what: SELECTs that network models read (docs/events.md).

A ``referral`` is told of the inviter, with ``invitee`` {channel, external_id}, or of the invitee, with ``inviter``: a
customer {channel, external_id}, or {role, id} for who is none: a guide, a group chat, a live stream. Without a channel the
event's own is meant. ``role`` beside ``invitee``, or in ``inviter``, says that a customer brought by profession.

Who is no customer gets a number below zero from his role and id, the same in every reading.
"""

from dataclasses import dataclass
from typing import ClassVar

from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought, Source
from tags.conditions.sql import Sql, also, build, join
from tags.models_of.network import standing

EVENTS = ("referral", "share", "share_opened")
RECRUITED = "tag:recruited_koc"
WORTH = Bought(Purchases(), needs=("orders", "amount", "unmatched"))


@dataclass(frozen=True)
class Told(Source):
    """Every referral that names somebody: who came (``member_id``), who brought him, when, and by what profession."""

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("up", "bigint"), ("at", "float8"), ("tie", "float8"), ("role", "text"), ("id", "text"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("told",)

    def rows(self, setting: Setting) -> Sql:
        return build(TOLD, as_of=setting.as_of, here=_here(setting))


REFERRALS = Told()

# Numbers of 52 bits are exact in a column of float8.
TOLD = """
    SELECT CASE WHEN t.brings THEN b.member_id ELSE t.me END AS member_id,
           CASE WHEN t.brings THEN t.me ELSE coalesce(b.member_id, t.number) END AS up,
           extract(epoch FROM t.occurred_at)::float8 AS at,
           (hashtextextended(t.said, 0) & 4503599627370495)::float8 AS tie,
           CASE WHEN t.role NOT IN ('', 'member') THEN t.role END AS role, t.id
    FROM (SELECT a.member_id AS me, e.occurred_at, k.code AS channel, o.brings, o.other, o.role, o.other ->> 'id' AS id,
                 k.code || ' ' || a.external_id || ' ' || e.properties::text AS said,
                 CASE WHEN NOT o.brings AND o.role <> '' AND o.other ->> 'id' <> ''
                 THEN -1 - (hashtextextended(o.role || ':' || (o.other ->> 'id'), 0) & 4503599627370495) END AS number
          FROM members_event e
          JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
          JOIN members_channel k ON k.id = e.channel_id
          CROSS JOIN LATERAL (
              SELECT w.brings, CASE WHEN w.brings THEN e.properties -> 'invitee' ELSE e.properties -> 'inviter' END AS other,
                     CASE WHEN w.brings THEN e.properties ->> 'role' ELSE e.properties -> 'inviter' ->> 'role' END AS role
              FROM (SELECT e.properties ? 'invitee' AS brings) w) o
          WHERE e.name = 'referral' AND e.occurred_at <= {as_of}{here}) t
    LEFT JOIN members_channel c ON c.code = coalesce(t.other ->> 'channel', t.channel)
    LEFT JOIN members_account b ON b.channel_id = c.id AND b.external_id = t.other ->> 'external_id' AND b.emptied_at IS NULL
    WHERE b.id IS NOT NULL OR t.number IS NOT NULL"""
OF_TOLD = """
WITH told AS MATERIALIZED (SELECT t.member_id AS down, t.up, t.at, t.tie, t.role, t.id FROM {told} t)
{rows}"""

PARTS = {
    standing.BROUGHT: "SELECT down AS member_id, 1 AS kind, up AS other, at AS first, tie AS second FROM told",
    standing.IN_ROLE: "SELECT DISTINCT up, 6, 0, 0::float8, 0::float8 FROM told WHERE up > 0 AND role IS NOT NULL",
    standing.WORTH: (
        "SELECT s.member_id, 2, 0, (coalesce(s.amount, 0) + coalesce(s.unmatched, 0))::float8, 0::float8 FROM {worth} s"
    ),
    standing.OPENED: """
SELECT a.member_id, 3, b.member_id, 0::float8, 0::float8
FROM members_event e
JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
JOIN members_account b ON b.channel_id = e.channel_id AND b.external_id = e.properties ->> 'by' AND b.emptied_at IS NULL
WHERE e.name = 'share_opened' AND e.occurred_at <= {as_of}{here}""",
    standing.SHARED: """
SELECT a.member_id, 4, 0, count(*)::float8, 0::float8
FROM members_event e JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
WHERE e.name = 'share' AND e.occurred_at <= {as_of}{here} GROUP BY a.member_id""",
    standing.RECRUITED: """
SELECT a.member_id, 5, 0, 0::float8, 0::float8
FROM (SELECT DISTINCT ON (s.account_id) s.account_id, s.labels, s.expires_at FROM members_labelstatement s
      WHERE s.source = {recruited} AND s.stated_at <= {as_of}
      ORDER BY s.account_id, s.stated_at DESC, s.labels DESC) l
JOIN members_account a ON a.id = l.account_id AND a.emptied_at IS NULL
WHERE l.labels <> '{{}}' AND (l.expires_at IS NULL OR l.expires_at > {as_of})""",
    standing.KNOWN: "SELECT DISTINCT k.member_id, 7, 0, 0::float8, 0::float8 FROM ({known}) k",
}
EVERYBODY = Sql("SELECT 0 AS member_id")

NAMED = "SELECT DISTINCT ON (up) up, role, CASE WHEN up < 0 THEN id ELSE '' END FROM told WHERE role IS NOT NULL ORDER BY up, at, tie"


def facts(setting: Setting, *kinds: int) -> Sql:
    """Rows of ``standing.COLUMNS`` of these kinds; who was brought by whom is always among them."""
    wanted = dict.fromkeys((standing.BROUGHT, *kinds, standing.KNOWN))
    return _of_told(setting, join([_part(setting, kind) for kind in wanted], "\nUNION ALL\n"))


def named(setting: Setting) -> Sql:
    """(node, role, id) of everybody who brought by profession, and of who is no customer; as first told."""
    return _of_told(setting, Sql(NAMED))


def _of_told(setting: Setting, rows: Sql) -> Sql:
    return build(OF_TOLD, told=setting.table(REFERRALS), rows=rows)


def _part(setting: Setting, kind: int) -> Sql:
    return build(
        PARTS[kind],
        as_of=setting.as_of,
        here=_here(setting),
        worth=setting.table(WORTH) if kind == standing.WORTH else Sql(),
        recruited=RECRUITED,
        known=setting.known_here() or EVERYBODY,
    )


def _here(setting: Setting) -> Sql:
    return also([setting.seen_here(Sql("e.organization_id"))])
