"""How far a campaign has come, and what it did to whom."""

import dataclasses
import datetime as dt

from django.db.models import Count, QuerySet

from campaigns import messages
from campaigns.models import Campaign, Decision
from members import masking, sets
from members.models import Member, Organization

Outcome = Decision.Outcome
DECIDED = """
SELECT c.name, c.touchpoint, d.outcome, d.decided_at
FROM members_account a JOIN campaigns_decision d ON d.member_id = a.minted_id JOIN campaigns_campaign c ON c.id = d.campaign_id
JOIN members_organization o ON o.id = c.organization_id
WHERE a.member_id = %s AND a.emptied_at IS NULL AND o.path LIKE %s
ORDER BY d.decided_at DESC, d.id DESC LIMIT %s
"""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Decisions of one campaign: all of them, how many no longer wait, and how many by outcome and reason."""

    members: int
    decided: int
    outcomes: dict[str, int]
    reasons: dict[tuple[str, str], int]

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1; 0 before the audience was drawn."""
        return self.decided / self.members if self.members else 0.0


@dataclasses.dataclass(frozen=True)
class Sample:
    """One message as somebody gets it."""

    decision_id: int
    oneid: str
    address: str
    subject: str
    body: str


@dataclasses.dataclass(frozen=True, slots=True)
class Decided:
    """What one campaign did about one person. ``decided_at``: None while it waits."""

    campaign: str
    touchpoint: str
    outcome: str
    decided_at: dt.datetime | None


def of(*, campaign: Campaign) -> Progress:
    """Counts by outcome and by reason; reasons that name a member or a number are counted together."""
    rows = campaign.decisions.values_list("outcome", "reason").annotate(count=Count("id"))
    outcomes = dict.fromkeys(Outcome.values, 0)
    reasons: dict[tuple[str, str], int] = {}
    for outcome, reason, count in rows:
        outcomes[outcome] += count
        if reason:
            place = outcome, _kind(reason)
            reasons[place] = reasons.get(place, 0) + count
    members = sum(outcomes.values())
    return Progress(members, members - outcomes["pending"] - outcomes["sending"], outcomes, reasons)


def samples(*, campaign: Campaign, limit: int = 5, masked: bool = True) -> list[Sample]:
    """Messages that were sent, the first ones; addresses and names masked unless told otherwise."""
    subject, body = messages.parse(campaign.subject), messages.parse(campaign.body)
    decisions = campaign.decisions.filter(outcome__in=Decision.REACHED).order_by("id")
    return [
        Sample(
            decision_id=decision.pk,
            oneid=decision.account.member.oneid,
            address=_address(decision.address, masked),
            subject=messages.render(subject, known),
            body=messages.render(body, known),
        )
        for decision in decisions.select_related("account__member__profile")[:limit]
        for known in [_known(decision.account.member, masked)]
    ]


def of_member(*, member: Member) -> QuerySet[Decision]:
    """The decisions about a person in all campaigns, also those of members merged into him; latest first."""
    minted = member.accounts.values("minted")
    return (
        Decision.objects.filter(member__in=minted)
        .select_related("campaign", "member", "entry")
        .order_by("-decided_at", "-id")
    )


def latest(*, member: Member, node: Organization, limit: int) -> list[Decided]:
    """The same within campaigns of a node, as rows. One statement."""
    rows = sets.prepared(DECIDED, member.pk, f"{node.path}%", limit)
    return [Decided(*row) for row in rows]


def _kind(reason):
    for start in ("merged into ", "decided already as "):
        if reason.startswith(start):
            return start.strip()
    return "messages within the days of the cap" if " messages in " in reason else reason


def _address(address, masked):
    kind = "email" if "@" in address else "phone"
    return masking.contact(kind=kind, value=address) if masked else address


def _known(member, masked):
    values = messages.known(getattr(member, "profile", None))
    return {field: masking.name(value) if masked and value else value for field, value in values.items()}
