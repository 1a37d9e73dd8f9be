"""What sources call a member now: of each account and source the latest statement, unless it expired."""

import datetime as dt
from collections.abc import Sequence

from members.models import LabelStatement, Member

RULING = """
SELECT l.id FROM (
    SELECT DISTINCT ON (s.account_id, s.source) s.id, s.labels, s.expires_at
    FROM members_labelstatement s JOIN members_account a ON a.id = s.account_id
    WHERE a.member_id = %s AND a.emptied_at IS NULL AND s.stated_at <= %s
    ORDER BY s.account_id, s.source, s.stated_at DESC, s.labels DESC
) l WHERE l.labels <> '{}' AND (l.expires_at IS NULL OR l.expires_at > %s)
"""


def current(*, member: Member, as_of: dt.datetime, source: str | None = None) -> list[LabelStatement]:
    """The statements that rule, by source, the latest first. One that takes labels off, or has expired, says nothing."""
    ruling = LabelStatement.objects.raw(RULING, [member.pk, as_of, as_of])
    found = LabelStatement.objects.filter(pk__in=[each.pk for each in ruling])
    if source is not None:
        found = found.filter(source=source)
    return list(found.select_related("account__channel", "stated_by").order_by("source", "-stated_at", "-id"))


def words(*, member: Member, source: str, as_of: dt.datetime) -> Sequence[str]:
    """What one source calls the member, over all his accounts."""
    found = current(member=member, as_of=as_of, source=source)
    return sorted({label for each in found for label in each.labels})
