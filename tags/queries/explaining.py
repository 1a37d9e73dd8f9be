"""Why one person is in an audience or not: the condition as a tree, each part with whether it holds and what was found.

Each leaf is asked of this one member by the very statement that chooses members, so an explanation never disagrees with
the audience. What was found comes from the leaf's source: "number of orders is at least 2", found 3.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members import masking
from members.models import Member, Organization
from tags.conditions import compile, moments, parse
from tags.conditions.leaves.audience import InAudience
from tags.conditions.leaves.consent import Consented
from tags.conditions.leaves.profile import FIELDS, Profile
from tags.conditions.leaves.tag import HasTag
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models import Audience, Tag
from tags.queries import audiences, catalogue, reasons, selection

# What is asked of the day of birth, which is shown to nobody here.
BORN = ("birth_date", "birthday", "age")
STATEMENTS = """
SELECT DISTINCT ON (c.account_id) c.granted, c.stated_at FROM members_consent c
JOIN members_account a ON a.id = c.account_id
WHERE a.member_id = {member} AND c.purpose = {purpose} AND c.touchpoint = ANY({touchpoints}) AND c.stated_at <= {as_of}
ORDER BY c.account_id, c.stated_at DESC, c.granted"""


@dataclass(frozen=True)
class Reason:
    """A part of a condition. ``found``: what was found of this member, in words; empty where there is nothing to tell."""

    kind: str
    said: str
    holds: bool
    found: str = ""
    parts: tuple["Reason", ...] = ()

    def because(self) -> list["Reason"]:
        """The leaves that decide: of "all" that fails those that fail, of "any" that holds those that hold."""
        deciding = [
            part for part in self.parts if self.kind in ("not", "audience") or part.holds is self.holds
        ]
        return [leaf for part in deciding for leaf in part.because()] if deciding else [self]


@dataclass(frozen=True)
class Explained:
    """``holds``: whether the member is in; ``outside``: why he cannot be, whatever the condition says."""

    holds: bool
    reason: Reason | None
    outside: str = ""

    def sentence(self) -> str:
        if self.outside:
            return _("Out, because %(why)s.") % {"why": self.outside}
        why = "; ".join(_worded(leaf) for leaf in self.reason.because())
        return (_("In, because: %(why)s.") if self.holds else _("Out, because: %(why)s.")) % {"why": why}


def of_audience(*, audience: Audience, member: Member, as_of: dt.datetime) -> Explained:
    """Of a frozen audience only that he was in it, or not, when it was frozen."""
    if audience.frozen_at is None:
        return of_condition(
            condition=audience.condition, node=audience.organization, member=member, as_of=as_of,
            audience=audience.pk,
        )  # fmt: skip
    held = audiences.holds(audience=audience, member=member.pk, as_of=as_of)
    day = {"day": moments.day_of(audience.frozen_at)}
    said = _("was chosen on %(day)s") if held else _("was not chosen on %(day)s")
    return Explained(held, Reason("leaf", said % day, held))


def of_condition(
    *, condition: object, node: Organization, member: Member, as_of: dt.datetime, audience: int | None = None
) -> Explained:
    """Raises ``tags.conditions.faults.Fault``."""
    names = catalogue.at(node=node)
    parsed = parse.condition(condition, catalogue=names, audience=audience)
    setting = Setting(names, as_of, members=(member.pk,))
    if member.retired_at is not None:
        return Explained(False, None, _("this OneID was merged into another"))
    if not _any(compile.members(All(()), setting)):
        return Explained(False, None, _("the member is not known at %(node)s") % {"node": node.name})
    reason = _reason(parsed, setting, member)
    return Explained(reason.holds, reason)


def _reason(part: object, setting: Setting, member: Member) -> Reason:
    """An audience of a node above is not opened: what it found may have happened where this node sees nothing (ADR 031)."""
    match part:
        case All(inner) | Any(inner):
            reasons = tuple(_reason(each, setting, member) for each in inner)
            every = isinstance(part, All)
            holds = (all if every else any)(each.holds for each in reasons)
            said = _("all of these") if every else _("at least one of these")
            return Reason("all" if every else "any", said if inner else _("everybody"), holds, parts=reasons)
        case Not(inner):
            reason = _reason(inner, setting, member)
            return Reason("not", _("not"), not reason.holds, parts=(reason,))
        case InAudience(audience, inner) if not audience.frozen:
            there = setting.at(audience.node)
            reason = _reason(inner, there, member)
            holds = reason.holds and _any(compile.members(All(()), there))
            told = (reason,) if setting.catalogue.node.holds(audience.node) else ()
            return Reason("audience", part.describe(), holds, parts=told)
    holds = _any(compile.members(part, setting))
    return Reason("leaf", part.describe(), holds, _found(part, setting, member))


def _any(members: Sql) -> bool:
    return selection.count(members) > 0


def _found(leaf: object, setting: Setting, member: Member) -> str:
    for sort, look in LOOKS.items():
        if isinstance(leaf, sort):
            return look(leaf, setting, member)
    if not (hasattr(leaf, "measured") and hasattr(leaf, "source")):
        return ""
    source = leaf.source()
    query = build(
        "SELECT {measured} FROM (SELECT {member}::bigint AS member_id) x LEFT JOIN {table} s USING (member_id)",
        measured=leaf.measured(source.columns(Sql("s.")), setting),
        member=member.pk,
        table=setting.table(source),
    )
    return _written(selection.row(query)[0])


def _written(value: object) -> str:
    if value is None:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:,f}".rstrip("0").rstrip(".") if _has_point(value) else f"{value}"


def _has_point(value: object) -> bool:
    return hasattr(value, "as_tuple") or isinstance(value, float)


def _profile(leaf: Profile, setting: Setting, member: Member) -> str:
    named = FIELDS["birth_date" if leaf.field in BORN else leaf.field].column
    column = build(named, row=Sql("p."))
    rows = selection.rows(
        build(
            "SELECT {column} FROM members_memberprofile p WHERE p.member_id = {member}",
            column=column,
            member=member.pk,
        )
    )
    value = rows[0][0] if rows else None
    if value in (None, ""):
        return _("not known")
    if leaf.field == "age":
        return str(_age(value, moments.day_of(setting.as_of)))
    if leaf.field in BORN:
        return _("known")
    return masking.name(str(value)) if leaf.field in ("name", "nickname") else _written(value)


def _age(born: dt.date, today: dt.date) -> int:
    years = today.year - born.year
    return years if born <= moments.years_before(today, years) else years - 1


def _tag(leaf: HasTag, setting: Setting, member: Member) -> str:
    tag = setting.catalogue.tags[leaf.tag]
    if tag.slot is not None:
        return _number(tag.slot, member)
    held = selection.rows(
        build('SELECT t."values" FROM tags_membertags t WHERE t.member_id = {member}', member=member.pk)
    )
    mine = set(held[0][0]) if held else set()
    names = [tag.names[code] for code, pk in tag.values.items() if pk in mine]
    return ", ".join(names) + _source(leaf, setting, member, tag, mine) if names else _("no value")


def _source(leaf: HasTag, setting: Setting, member: Member, tag: object, mine: set[int]) -> str:
    """By which source a model says it, where it tells one."""
    told = reasons.of_tag(member=member, tag=Tag.objects.get(code=leaf.tag), as_of=setting.as_of)
    if told is None or tag.values.get(told.code) not in mine:
        return ""
    return _(", source: %(source)s") % {"source": told.words}


def _number(slot: int, member: Member) -> str:
    query = build(
        "SELECT t.numbers[{slot}::int] FROM tags_membertags t WHERE t.member_id = {member}", slot=slot, member=member.pk
    )  # fmt: skip
    held = selection.rows(query)
    return f"{round(held[0][0], 2):,}" if held and held[0][0] is not None else _("no value")


def _consent(leaf: Consented, setting: Setting, member: Member) -> str:
    query = build(
        STATEMENTS, member=member.pk, purpose=leaf.purpose, touchpoints=[leaf.touchpoint, "*"], as_of=setting.as_of
    )  # fmt: skip
    said = [
        (_("agreed on %(day)s") if granted else _("refused on %(day)s")) % {"day": moments.day_of(at)}
        for granted, at in selection.rows(query)
    ]
    return ", ".join(said) or _("never asked")


def _worded(leaf: Reason) -> str:
    mark = "✓" if leaf.holds else "✗"
    return f"{leaf.said} ({_('found')}: {leaf.found}) {mark}" if leaf.found else f"{leaf.said} {mark}"


LOOKS: dict[type, Callable[[object, Setting, Member], str]] = {
    Profile: _profile,
    HasTag: _tag,
    Consented: _consent,
}
