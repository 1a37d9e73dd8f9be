"""Of a conflict: what each account states, what holds until it is decided, and what each answer would give."""

from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from identity.models import ReviewCase
from identity.queries.comparison import Comparison
from members.models import Programme, Tier, TierRule
from members.queries import plans, standings


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
    if not whole:
        return told
    earned = _earned(programme, found, case.evidence["stated"]) if programme else None
    return told | _answers(case.evidence, tiers, earned)


def _answers(evidence: dict, tiers: dict[str, Tier], earned: str | None) -> dict:
    """What holds until somebody decides, and what each answer would give."""
    done, stated = evidence.get("done") or {}, evidence["stated"]
    points = [Decimal(said["points"]) for said in stated if said.get("points")]
    highest = done.get("tier")
    return {
        "tier": _tier(highest, tiers),
        "points": _number(done.get("points")),
        "tiers": [
            ("highest", _("the highest tier"), _tier(highest, tiers)),
            ("growth", _("the tier of all growth"), _tier(highest if earned is None else earned, tiers)),
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


def _earned(programme: Programme, found: Comparison, stated: list[dict]) -> str | None:
    """The tier that the growth of all accounts together earns: that of the ledger, else what was stated."""
    now = timezone.now()
    members = {member.pk for side in found.sides for member in side.members}
    here = [each for each in standings.of(members=members, at=now) if each.programme == programme.pk]
    growth = [each.ledger_growth for each in here if each.ledger_growth is not None]
    growth = growth or [Decimal(said["growth"]) for said in stated if said.get("growth")]
    if not growth:
        return None
    plan = plans.in_force(programme=programme, at=now)
    within = TierRule.objects.filter(plan=plan, growth_from__lte=sum(growth)).order_by("-tier__rank")
    return within.values_list("tier__code", flat=True).first() or _lowest(programme, stated)


def _lowest(programme: Programme, stated: list[dict]) -> str:
    said = programme.tiers.filter(code__in=[each.get("tier") for each in stated]).order_by("rank")
    return said.values_list("code", flat=True).first() or ""


def _number(text: str | None) -> str:
    return f"{Decimal(text).normalize():,f}" if text else ""
