"""Of a conflict: what each account states, what holds until it is decided, and what each answer would give."""

from decimal import Decimal

from django.utils.translation import gettext as _

from identity.models import ReviewCase
from identity.queries.comparison import Comparison
from members.models import Programme, Tier


def shown(*, case: ReviewCase, found: Comparison) -> dict | None:
    """None where the case is no conflict, or an erasure has emptied its evidence. What other organizations' accounts
    state is left out, and so is what they take part in."""
    if case.sort != ReviewCase.Sort.CONFLICT or "stated" not in case.evidence:
        return None
    code = case.evidence.get("programme", "")
    programme = Programme.objects.filter(organization__code=code).prefetch_related("tiers").first()
    tiers = {tier.code: tier for tier in programme.tiers.all()} if programme else {}
    told = {
        "programme": programme.name if programme else code,
        "stated": [_stated(said, _channels(found), tiers) for said in case.evidence["stated"]],
    }
    whole = not any(side.hidden for side in found.sides)
    return told | (_answers(case.evidence, tiers) if whole else {})


def _answers(evidence: dict, tiers: dict[str, Tier]) -> dict:
    """What holds until somebody decides, and what each answer would give."""
    done, stated = evidence.get("done") or {}, evidence["stated"]
    points, growth = (
        [Decimal(said[name]) for said in stated if said.get(name)] for name in ("points", "growth")
    )
    highest = done.get("tier")
    return {
        "tier": _tier(highest, tiers),
        "points": _number(done.get("points")),
        "tiers": [
            ("highest", _("the highest tier"), _tier(highest, tiers)),
            ("growth", _("the tier of all growth"), _tier(_earned(growth, tiers) if growth else highest, tiers)),
        ],
        "sums": [
            ("add", _("all points added"), _number(str(sum(points)))),
            ("highest", _("the most points"), _number(str(max(points, default=0)))),
        ],
    }  # fmt: skip


def _channels(found: Comparison) -> dict[int, str]:
    return {account.pk: account.channel.name for side in found.sides for account in side.accounts}


def _stated(said: dict, channels: dict[int, str], tiers: dict[str, Tier]) -> dict:
    if said.get("account") not in channels:
        return {"channel": _("another organization's")}
    return {
        "channel": channels[said["account"]],
        "tier": _tier(said.get("tier"), tiers),
        "points": _number(said.get("points")),
        "growth": _number(said.get("growth")),
    }


def _tier(code: str | None, tiers: dict[str, Tier]) -> str:
    return tiers[code].name if code in tiers else code or ""


def _earned(growth: list[Decimal], tiers: dict[str, Tier]) -> str:
    """The tier that the growth of all accounts together earns."""
    within = [
        tier for tier in tiers.values() if tier.growth_from is not None and tier.growth_from <= sum(growth)
    ]
    return max(within, key=lambda tier: tier.rank).code if within else ""


def _number(text: str | None) -> str:
    return f"{Decimal(text).normalize():,f}" if text else ""
