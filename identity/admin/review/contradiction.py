"""Of a contradiction: what was said of these people, by whom, of which accounts; the older word is marked."""

from django.utils.translation import gettext as _

from identity.models import ReviewCase, Verdict
from identity.queries.comparison import Comparison
from members import masking
from members.models import Account

NAMED = 2
MOST = 12
OF_PEOPLE = (Verdict.Kind.SAME, Verdict.Kind.NOT_SAME)


def said(*, case: ReviewCase, found: Comparison) -> list[dict]:
    """Every word in force that touches both sides, the oldest first."""
    if case.sort != ReviewCase.Sort.CONTRADICTION:
        return []
    seen = {account.pk: account for side in found.sides for account in side.accounts}
    return [
        {
            "verdict": verdict,
            "left": _named(verdict.left, seen),
            "right": _named(verdict.right, seen),
            "older": verdict.pk == case.evidence.get("verdict"),
        }
        for verdict in _about(case)
    ]


def _about(case):
    every = [*case.left, *case.right]
    standing = Verdict.objects.filter(withdrawn_at=None, kind__in=OF_PEOPLE).select_related("decided_by")
    touching = standing.filter(left__overlap=every) | standing.filter(right__overlap=every)
    return touching.order_by("decided_at", "pk")[:MOST]


def _named(accounts: list[int], seen: dict[int, Account]) -> str:
    """A few of the accounts by their channel, masked, and how many more there are."""
    known = [seen[id] for id in accounts if id in seen][:NAMED]
    names = [f"{account.channel.name} {masking.identifier(account.external_id)}" for account in known]
    more = len(accounts) - len(known)
    if not names:
        return _("%d accounts elsewhere") % more if more > 1 else _("an account elsewhere")
    return ", ".join(names) + (_(" and %d more") % more if more else "")
