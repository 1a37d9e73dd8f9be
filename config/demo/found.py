"""What the pool says of the company: who is who, whom a campaign reached."""

from campaigns.models import Campaign, Decision
from members.models import Account


def people() -> dict[tuple[str, str], int]:
    """{(channel, external_id): member} of every account that its channel names."""
    rows = Account.objects.filter(is_contact=False).values_list("channel__code", "external_id", "member_id")
    return {
        (channel, external_id): member for channel, external_id, member in rows.iterator(chunk_size=10_000)
    }


def reached(*, campaign: Campaign) -> set[tuple[str, str]]:
    """All accounts of everybody whom the campaign sent a message."""
    sent = campaign.decisions.filter(outcome=Decision.Outcome.SENT).values("account__member")
    rows = Account.objects.filter(member__in=sent, is_contact=False)
    return set(rows.values_list("channel__code", "external_id"))
