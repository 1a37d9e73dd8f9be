"""How many a condition would find, and whom, before anything is saved. Names and OneIDs only, names masked."""

import dataclasses
import datetime as dt

from django.db import connection

from members.models import Member, Organization
from tags.conditions import compile, describe, parse
from tags.conditions.setting import Setting
from tags.conditions.sql import build
from tags.queries import catalogue

SAMPLE = 8


@dataclasses.dataclass(frozen=True)
class Preview:
    said: str
    count: int
    sample: list[Member]


def of(*, condition: object, node: Organization, now: dt.datetime, audience: int | None = None) -> Preview:
    """Raises ``tags.conditions.faults.Fault`` with the place of the fault."""
    known = catalogue.at(node=node)
    parsed = parse.condition(condition, catalogue=known, audience=audience)
    found = compile.members(parsed, Setting(catalogue=known, as_of=now))
    with connection.cursor() as cursor:
        counted = build("SELECT count(*) FROM ({found}) f", found=found)
        cursor.execute(counted.text, counted.params)
        count = cursor.fetchone()[0]
        sampled = build("SELECT member_id FROM ({found}) f LIMIT {limit}", found=found, limit=SAMPLE)
        cursor.execute(sampled.text, sampled.params)
        ids = [row[0] for row in cursor.fetchall()]
    members = Member.objects.filter(pk__in=ids).select_related("profile", "features")
    return Preview(describe.sentence(parsed), count, list(members))
