"""Conflicts: accounts of one person state different tiers or points in a programme that asks a steward."""

import hashlib
import json
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from identity.actions import cases
from identity.models import ReviewCase
from identity.queries import conflicts, prepared
from members.actions import programmes
from members.models import Account, Programme, Settlement
from members.queries.standings import Standing

CLOSE_ALL = """
UPDATE identity_reviewcase SET state = 'obsolete', closed_at = %s
WHERE state = 'open' AND sort = 'conflict' AND key <> ALL(%s::text[]) RETURNING key
"""
CLOSE = CLOSE_ALL.replace(
    "RETURNING",
    """AND "left" || "right" && ARRAY(SELECT id FROM members_account WHERE member_id = ANY(%s::bigint[])) RETURNING""",
)
LOCK = "SELECT id FROM members_member WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"


class Refused(ValueError):
    """The case is no conflict of a programme."""


def keep(*, members: Collection[int], now) -> int:
    """Open, correct and close the conflicts of these members (ids), so that they say what is asked now."""
    if not members or not conflicts.asking():
        return 0
    prepared.fetch(LOCK, sorted(members))
    keys, written = _write(conflicts.open_questions(members=members, at=now), now)
    return written + len(prepared.fetch(CLOSE, now, keys, sorted(members)))


@transaction.atomic
def keep_all(*, now) -> int:
    """The same for everybody: to be called after a programme or its policies changed."""
    keys, written = _write(conflicts.open_questions(at=now), now)
    return written + len(prepared.fetch(CLOSE_ALL, now, keys))


def _write(asked: list[Standing], now) -> tuple[list[str], int]:
    accounts = {said.account for standing in asked for said in standing.statements}
    names = conflicts.natural_keys(accounts=accounts)
    wanted = [_case(standing, names) for standing in asked]
    written = prepared.fetch(cases.WRITE, now, json.dumps(wanted)) if wanted else []
    return [case["key"] for case in wanted], len(written)


def _case(standing: Standing, names: dict[int, tuple[str, str]]) -> dict:
    accounts = [said.account for said in standing.statements]
    told = ["conflict", standing.organization, *sorted(names[account] for account in accounts)]
    return {
        "sort": ReviewCase.Sort.CONFLICT,
        "key": hashlib.blake2b(json.dumps(told).encode(), digest_size=24).hexdigest(),
        "reason": "_and_".join(standing.asked),
        "identifier": None,
        "left": accounts[:1],
        "right": accounts[1:],
        "evidence": {
            "programme": standing.organization,
            "stated": [
                {
                    "account": said.account,
                    "tier": said.tier,
                    "points": _text(said.points),
                    "growth": _text(said.growth),
                }
                for said in standing.statements
            ],
            "policy": {"tier": standing.tier_policy, "points": standing.points_policy},
            "done": {"tier": standing.tier, "points": _text(standing.points)},
        },
    }


def _text(amount) -> str | None:
    return None if amount is None else str(amount)


@transaction.atomic
def settle(*, case: ReviewCase, tiers: str, points: str, by, now, reason: str = "") -> Settlement:
    """Decide a conflict: ``tiers`` highest or growth, ``points`` add or highest. Raises Refused."""
    locked = ReviewCase.objects.select_for_update().get(pk=case.pk)
    programme = Programme.objects.filter(organization__code=locked.evidence.get("programme", "")).first()
    if locked.sort != ReviewCase.Sort.CONFLICT or programme is None:
        raise Refused(_("This case is no conflict of a programme."))
    made = programmes.settle(
        programme=programme, accounts=[*locked.left, *locked.right], tiers=tiers, points=points,
        by=by, now=now, reason=reason,
    )  # fmt: skip
    locked.state, locked.closed_at = ReviewCase.State.DECIDED, now
    locked.decision, locked.decided_by = ReviewCase.Decision.KEEP, by
    locked.save(update_fields=["state", "closed_at", "decision", "decided_by"])
    return made


@transaction.atomic
def unsettle(*, settlement: Settlement, now) -> None:
    """Take a settlement back; the case is open again if the programme still asks. Only its people are looked at."""
    if programmes.unsettle(settlement=settlement, now=now):
        ReviewCase.objects.filter(
            sort=ReviewCase.Sort.CONFLICT,
            state=ReviewCase.State.DECIDED,
            evidence__programme=settlement.programme.organization.code,
            left__contained_by=settlement.accounts,
            right__contained_by=settlement.accounts,
        ).update(state=ReviewCase.State.OBSOLETE, closed_at=now, decision="", decided_by=None)
        concerned = Account.objects.filter(pk__in=settlement.accounts).values_list("member", flat=True)
        keep(members=set(concerned), now=now)
