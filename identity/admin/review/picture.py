"""What a case looks like on the screen: lines, bars, shared identifiers, the merged person. All masked."""

import dataclasses

from django.utils.translation import gettext as _

from identity.admin.review import conflict, contradiction, evidence, rows, words
from identity.models import ReviewCase
from identity.queries import comparison, waterfall
from identity.queries.comparison import Comparison
from members import masking
from members.queries.scopes import Reach

LINKS_SHOWN = 4


def of(*, case: ReviewCase, reach: Reach, expand: bool = True) -> dict:
    """The context of the comparison."""
    found = comparison.of(case=case, reach=reach, expand=expand)
    merging = case.sort not in (ReviewCase.Sort.SHARED, ReviewCase.Sort.CONFLICT) and not found.one_person
    whole = comparison.merged(comparison=found)
    return {
        "chance": words.chance(case.probability),
        "carriers": _carriers(case, found),
        "comparison": found,
        "lines": rows.lines(found),
        "waterfall": drawn(case.evidence),
        "common": [_common(each, {account.pk for account in found.left.accounts}) for each in found.common],
        "merged": rows.of_one(whole) if merging else [],
        "survivor": whole.oneid if merging else None,
        "told": evidence.told(case=case, found=found),
        "conflict": conflict.shown(case=case, found=found),
        "said": contradiction.said(case=case, found=found),
        "one_person": found.one_person and case.sort in comparison.EXPANDED and case.state == "open",
    }


def drawn(evidence: dict) -> dict | None:
    """The waterfall with its words, masked."""
    found = waterfall.draw(evidence=evidence)
    if found is None:
        return None
    return {
        "steps": [
            {
                **dataclasses.asdict(step),
                "supports": step.supports,
                "size": step.size,
                "label": words.field(step.field),
                "level": words.level(step.level) if step.level else "",
                "value": _compared(step),
            }
            for step in found.steps
        ],
        "zero": found.zero,
        "posterior": found.posterior,
        "height": abs(found.posterior),
        "probability": words.chance(found.probability),
        "model": words.model(evidence.get("model", "")),
    }


def _compared(step: waterfall.Step) -> str:
    """Contacts as they were compared, which may stand on orders alone; other fields stand beside each other already."""
    if step.field not in comparison.CONTACTS:
        return ""
    told = [words.masked(field=step.field, value=value) for value in (step.left, step.right) if value]
    return " / ".join(dict.fromkeys(told))


def _carriers(case: ReviewCase, found: Comparison) -> list[dict]:
    """Of a shared identifier: those who carry it, one a line."""
    if case.sort != ReviewCase.Sort.SHARED:
        return []
    accounts = [account for side in found.sides for account in side.accounts]
    return [
        {"account": account, "name": _said(account, "name"), "born": _said(account, "birth_date")}
        for account in accounts
    ]


def _said(account, trait: str) -> str:
    return words.masked(field=trait, value=(account.traits.get(trait) or {}).get("value"))


def _common(each: comparison.Common, left: set[int]) -> dict:
    return {
        "identifier": each.identifier,
        "text": words.masked(field=each.identifier.kind_id, value=each.identifier.value),
        "links": [_link(binding, left) for binding in each.bindings[:LINKS_SHOWN]],
        "others": each.others,
        "examples": [
            {"account": account, "name": _name(account), "member": account.member}
            for account in each.examples
        ],
    }


def _link(binding, left: set[int]) -> dict:
    return {
        "side": _("left") if binding.account_id in left else _("right"),
        "channel": binding.account.channel.name,
        "how": evidence.how(binding),
        "since": binding.first_at,
    }


def _name(account) -> str:
    profile = getattr(account.member, "profile", None)
    return masking.name(profile.name) if profile and profile.name else ""
