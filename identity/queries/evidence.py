"""Which intake record said a trait of an account: the record of the account whose time and value rule."""

import datetime as dt

from identity.cleaning.profiles import ALIASES
from identity.models import IntakeRecord
from members.models import Account


def record_of(*, account: int, trait: str, at: dt.datetime) -> IntakeRecord | None:
    """The record that stated ``trait`` as of ``at`` (its ``updated_at``, else ``occurred_at``). None: it was withdrawn,
    erased, or the trait was written by staff."""
    held = Account.objects.filter(pk=account).first()
    if held is None:
        return None
    own = IntakeRecord.objects.filter(channel=held.channel_id, withdrawal=None)
    found = own.filter(type="account", key=held.external_id) | own.filter(contact=held.external_id).exclude(
        contact=""
    )
    names = {trait, *(alias for alias, name in ALIASES.items() if name == trait)}
    told = [each for each in found.order_by("-id") if names & (each.raw.get("profile") or {}).keys()]
    return next((each for each in told if _time(each.raw) == at), None)


def _time(raw: dict) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(raw.get("updated_at") or raw.get("occurred_at")))
    except ValueError:
        return None
