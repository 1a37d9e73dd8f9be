"""Events of appliances that nobody owned come in by themselves once somebody does."""

import datetime as dt

from identity.actions import quarantine
from identity.models import QuarantineItem

BATCH = 500

KNOWN = """
SELECT q.* FROM identity_quarantineitem q
JOIN members_appliance x ON x.serial = (q.raw::jsonb) -> 'properties' ->> 'serial'
WHERE q.state = 'open' AND q.scope = 'record' AND q.code = 'device.unbound' AND q.id > %s ORDER BY q.id LIMIT %s
"""


def retry_known(*, now: dt.datetime) -> int:
    """Send again what waited for an owner that is known by now; how many records came in."""
    last, let_in = 0, 0
    while items := list(QuarantineItem.objects.raw(KNOWN, [last, BATCH])):
        last = items[-1].pk
        told = quarantine.retry_unchanged(items=items, by=None, now=now)
        let_in += sum(verdict.verdict in quarantine.LET_IN for verdict in told)
    return let_in
