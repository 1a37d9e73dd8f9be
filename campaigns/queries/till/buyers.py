"""What the house knows of the person at a till, as far as the rules ask for it: at most three statements, and one an audience."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from campaigns.offers import calendar
from campaigns.offers.basket import Buyer
from campaigns.queries import live
from campaigns.queries.live import Rules
from members import sets
from members.models import Channel, Member, Organization, oneid
from members.queries import standings

# A retired OneID stands for whoever goes on.
PERSON = """
SELECT m.id, m.oneid, p.birth_date,
       ARRAY(SELECT t.code || ':' || v.code
             FROM tags_membertags g JOIN tags_tagvalue v ON v.id = ANY(g.values) JOIN tags_tag t ON t.id = v.tag_id AND t.status = 'approved'
             WHERE %(tags)s::bool AND g.member_id = m.id),
       %(new)s::bool AND NOT EXISTS (
           SELECT FROM members_account a JOIN members_order o ON o.account_id = a.id
           WHERE a.member_id = m.id AND o.status IN ('paid', 'completed') AND NOT o.reward),
       (SELECT a.id FROM members_account a WHERE a.member_id = m.id
        ORDER BY a.revoked_at IS NOT NULL, a.emptied_at IS NOT NULL, a.channel_id <> %(channel)s, a.first_seen_at, a.id LIMIT 1)
FROM members_member asked JOIN members_account minted ON minted.minted_id = asked.id
JOIN members_member m ON m.id = minted.member_id LEFT JOIN members_memberprofile p ON p.member_id = m.id
WHERE asked.oneid = %(oneid)s AND EXISTS (
    SELECT FROM members_account a JOIN members_membership k ON k.account_id = a.id
    JOIN members_organization n ON n.id = k.organization_id
    WHERE a.member_id = m.id AND n.path LIKE %(node)s)
"""


class Unknown(LookupError):
    """Nobody of that OneID is known at the node."""


@dataclass(frozen=True)
class Person:
    """``buyer``: what offers ask for; what none of them asks for is not looked up. ``account``: on which new facts of the
    channel hang: its own, else the person's first."""

    member: Member
    account: int
    buyer: Buyer


def person(*, oneid_text: str, node: Organization, channel: Channel, rules: Rules, at: dt.datetime) -> Person:
    """Whoever has, or had, this OneID. Raises Unknown."""
    asked, compiled = oneid.normalise(oneid_text), rules.compiled
    if not oneid.is_valid(asked):
        raise Unknown
    wanted = {"tags": bool(compiled.tag.by_word), "new": bool(compiled.new)}
    rows = sets.named(PERSON, oneid=asked, node=f"{node.path}%", channel=channel.pk, **wanted)
    if not rows:
        raise Unknown
    pk, current, born, tags, new, account = rows[0]
    member = Member(pk=pk, oneid=current)
    buyer = Buyer(
        tiers=_tiers(pk, at) if compiled.tier.by_word else frozenset(),
        tags=frozenset(tags),
        audiences=live.audiences_of(member=member, rules=rules, at=at) if rules.audiences else frozenset(),
        occasions=_occasions(born, rules, timezone.localtime(at).date()) if born else frozenset(),
        new=new,
    )
    return Person(member, account, buyer)


def _occasions(born: dt.date, rules: Rules, on: dt.date) -> frozenset[str]:
    """What an offer asks for of the birthday, not the birthday itself: a price is proved by what is kept with the sale."""
    asked = (within for within, mask in rules.compiled.birthdays.items() if mask)
    return frozenset(within for within in asked if calendar.is_birthday((born.month, born.day), on, within))


def _tiers(member: int, at: dt.datetime) -> frozenset[str]:
    found = standings.of(members=[member], at=at)
    return frozenset(f"{each.organization}:{each.tier}" for each in found if each.tier)
