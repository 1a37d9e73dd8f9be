"""The records behind the fact tags of a member: which intake record, of which channel, said it, and when."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from identity.queries import evidence as records
from identity.queries import sources
from members.models import Account, Member
from tags.models import MemberTags, Tag, TagValue
from tags.queries import evidence


@dataclass(frozen=True)
class Evidence:
    """``record``: digest of the intake record in hex, empty where staff said it (``by``) or the record is gone."""

    tag: str
    value: str
    channel: str
    account: int
    at: dt.datetime
    record: str
    by: str = ""


def of(*, member: Member, as_of: dt.datetime, tags: QuerySet[Tag] | None = None) -> list[Evidence]:
    """Of each live fact tag that the member carries (of ``tags``, if only these may be seen), by its name."""
    shown = Tag.objects.live() if tags is None else tags
    held = MemberTags.objects.filter(member=member).first()
    values = TagValue.objects.filter(
        pk__in=held.values if held else [], tag__in=shown.filter(source=Tag.Source.FACT)
    )
    values = values.select_related("tag__organization").order_by("tag__name", "position", "id")
    fields = {field.name: field.said for field in sources.fields(member=member)}
    grounds = [evidence.of(member=member, value=value, as_of=as_of) for value in values]
    return [each for ground in grounds for each in (*_stated(ground), *_traits(ground, fields))]


def _stated(ground: evidence.Ground) -> list[Evidence]:
    return [
        Evidence(
            ground.value.tag.name, ground.value.name, said.account.channel.name, said.account_id, said.stated_at,
            said.record.hex if said.record else "", said.stated_by.get_username() if said.stated_by else "",
        )
        for said in ground.statements
    ]  # fmt: skip


def _traits(ground: evidence.Ground, fields: dict[str, sources.Said]) -> list[Evidence]:
    """The word of the account that rules the profile now."""
    told = [(trait, fields[trait]) for trait in ground.traits if trait in fields]
    return [_of_trait(ground, trait, said) for trait, said in told]


def _of_trait(ground: evidence.Ground, trait: str, said: sources.Said) -> Evidence:
    found = records.record_of(account=said.account, trait=trait, at=said.at)
    channel = (
        said.channel_name or Account.everything.select_related("channel").get(pk=said.account).channel.name
    )
    record = found.digest.hex if found else ""
    return Evidence(ground.value.tag.name, ground.value.name, channel, said.account, said.at, record)
