"""Who is who in the pool, as the scores want it."""

from members.models import Account


def of_channel(code: str) -> dict[str, int]:
    return dict(Account.objects.filter(channel__code=code).values_list("external_id", "member_id"))
