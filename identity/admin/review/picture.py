"""What a case looks like on the screen: lines, bars, shared identifiers, the merged person. All masked."""

import dataclasses
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from identity.admin.review import rows, words
from identity.models import ReviewCase, Verdict
from identity.queries import comparison, waterfall
from identity.queries.comparison import Comparison
from members import masking
from members.queries.scopes import Reach

CONFLICT = ("programme", "stated", "policy", "done")


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
        "common": [_common(each) for each in found.common],
        "merged": rows.of_one(whole) if merging else [],
        "survivor": whole.oneid if merging else None,
        "facts": facts(case),
        "conflict": conflict(case, found),
        "verdicts": contradicting(case),
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
                "left": words.masked(field=step.field, value=step.left),
                "right": words.masked(field=step.field, value=step.right),
            }
            for step in found.steps
        ],
        "zero": found.zero,
        "posterior": found.posterior,
        "probability": words.chance(found.probability),
        "model": evidence.get("model", ""),
    }


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


def _common(each: comparison.Common) -> dict:
    return {
        "identifier": each.identifier,
        "text": words.masked(field=each.identifier.kind_id, value=each.identifier.value),
        "others": each.others,
        "examples": [
            {"account": account, "name": _name(account), "member": account.member}
            for account in each.examples
        ],
    }


def _name(account) -> str:
    profile = getattr(account.member, "profile", None)
    return masking.name(profile.name) if profile and profile.name else ""


def facts(case: ReviewCase) -> list[tuple[str, str]]:
    """What else the evidence says in plain words and figures: of a conflict both values and what the policy did."""
    hidden = ("fields", "prior", "model", "identifiers", "verdict", *CONFLICT)
    return [
        (key.replace("_", " ").capitalize(), plain(masking.record(value, key=key)))
        for key, value in case.evidence.items()
        if key not in hidden and value not in (None, "", [], {})
    ]


def conflict(case: ReviewCase, found: Comparison) -> dict | None:
    """Of a conflict: what each account states, the policy and what it gives."""
    if case.sort != ReviewCase.Sort.CONFLICT or "stated" not in case.evidence:
        return None
    channels = {account.pk: account.channel.name for side in found.sides for account in side.accounts}
    stated = [
        {
            **said,
            "points": _number(said.get("points")),
            "growth": _number(said.get("growth")),
            "channel": channels.get(said.get("account"), _("another organization's")),
        }
        for said in case.evidence["stated"]
    ]
    done = case.evidence.get("done") or {}
    done = {**done, "points": _number(done.get("points"))}
    return {"programme": case.evidence.get("programme", ""), "stated": stated, "done": done}


def _number(text: str | None) -> str:
    return f"{Decimal(text).normalize():,f}" if text else ""


def plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')}: {plain(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "; ".join(plain(inner) for inner in value[:12])
    return str(value)


def contradicting(case: ReviewCase) -> list[Verdict]:
    """Of a contradiction: the older verdict, and those about the same people that are newer."""
    if case.sort != ReviewCase.Sort.CONTRADICTION:
        return []
    every = [*case.left, *case.right]
    about = Verdict.objects.filter(withdrawn_at=None, kind__in=["same", "not_same"]).select_related(
        "decided_by"
    )
    return list(
        (about.filter(left__overlap=every) | about.filter(right__overlap=every)).order_by("decided_at", "pk")[
            :12
        ]
    )
