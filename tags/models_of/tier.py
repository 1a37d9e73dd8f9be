"""The tier in which somebody stands, in each programme that knows him: as ``members.queries.standings`` says it now.

Who has no fact of his own, no grant and no tier that a channel stated, stands in the tier that needs no growth, where the
programme's plan has one: that is looked up once a programme, the others person by person.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from members.queries import standings, tier_candidates
from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import facts

CODE = "tier"
VERSION = "1"
SHAPE = "several"
SORT = "layer"
VALUES = ()
FORMULA = gettext_noop(
    "The tier of each programme by its grants, statements of channels and plan, as on the member's page."
)

WITH_FACTS = """
SELECT a.member_id FROM members_tiergrant g JOIN members_account a ON a.id = g.account_id WHERE a.emptied_at IS NULL{only}
UNION
SELECT a.member_id FROM members_membership m JOIN members_account a ON a.id = m.account_id
WHERE m.tier <> '' AND a.emptied_at IS NULL{only}"""

BASIC = f"""
SELECT a.member_id, b.code FROM members_membership m JOIN members_account a ON a.id = m.account_id AND a.emptied_at IS NULL
JOIN (SELECT o.id, r.code FROM members_organization o
      CROSS JOIN LATERAL ({tier_candidates.nearest("o.id").replace("%%", "%")}) p
      CROSS JOIN LATERAL (SELECT v.id, v.growth_book_id FROM members_plan v
          WHERE v.programme_id = p.id AND v.cycle = 'long' AND v.state <> 'draft' AND v.starts_at <= {{as_of}}
          ORDER BY v.starts_at DESC LIMIT 1) v
      CROSS JOIN LATERAL (SELECT t.code FROM members_tierrule r JOIN members_tier t ON t.id = r.tier_id
          WHERE r.plan_id = v.id AND v.growth_book_id IS NOT NULL AND r.growth_from <= 0
          ORDER BY t.rank DESC LIMIT 1) r) b ON b.id = m.organization_id
WHERE (m.stated_at IS NOT NULL OR m.joined_at IS NOT NULL) AND a.member_id NOT IN ({{with_facts}}){{only}}"""  # noqa: S608

STANDING = """
SELECT DISTINCT t.member_id, t.tier FROM (
    SELECT s.member_id, s.tier FROM ({standings}) s (member_id, programme, organization, name, tier)
    UNION ALL {basic}) t
WHERE t.tier <> ''"""

NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Tier:
    def signals(self) -> set[str]:
        return {"event.tier.granted", "membership.tier"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        only = facts.only(setting, Sql("a.member_id"))
        with_facts = build(WITH_FACTS, only=only)
        told = tier_candidates.parameters(at=setting.as_of)
        return build(
            STANDING,
            standings=_standings(build("ARRAY({ids})", ids=with_facts), told),
            basic=build(BASIC, as_of=setting.as_of, with_facts=with_facts, only=only),
        )


def _standings(members: Sql, told: dict) -> Sql:
    """The statement of standings, which names its parameters, with a query in place of the members."""
    text, params, last = "", [], 0
    for found in NAMED.finditer(standings.STANDINGS):
        text += standings.STANDINGS[last : found.start()]
        piece = members if found[1] == "members" else Sql("%s", (told[found[1]],))
        text, last = text + piece.text, found.end()
        params += piece.params
    return Sql(text + standings.STANDINGS[last:], tuple(params))


def parse(parameters: object, place: str = "parameters") -> Tier:
    """Without parameters."""
    reading.mapping(parameters, place)
    return Tier()
