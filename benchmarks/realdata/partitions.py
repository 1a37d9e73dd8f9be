"""Who is who in the pool, as the scores want it."""

from members.models import Account


def of_channel(code: str) -> dict[str, int]:
    return dict(Account.objects.filter(channel__code=code).values_list("external_id", "member_id"))


def of_named_accounts() -> dict[tuple[str, str], int]:
    found = Account.objects.filter(is_contact=False).values_list("channel__code", "external_id", "member_id")
    return {
        (channel, external_id): member for channel, external_id, member in found.iterator(chunk_size=10_000)
    }
