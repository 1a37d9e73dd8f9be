"""Events of appliances that nobody owned come in by themselves once somebody does."""

import datetime as dt

from identity.actions import quarantine
from identity.models import QuarantineItem
from identity.records import verdicts
from members import sets
from members.models import EventCursor
from members.models.event import SETTLED

READER = "appliances"
BATCH = 500

BEFORE = f"SELECT {SETTLED}"
# Of an appliance and an event that wait for each other, one was written later. What both have seen of each other is not
# read again, however much of it there is.
MET = """
SELECT q.id FROM members_appliance x JOIN identity_quarantineitem q USING (serial)
WHERE x.tx >= %s AND q.state = 'open' AND q.serial <> ''
UNION
SELECT q.id FROM identity_quarantineitem q JOIN members_appliance x USING (serial)
WHERE q.tx >= %s AND q.state = 'open' AND q.serial <> ''
ORDER BY id
"""


def retry_known(*, now: dt.datetime) -> int:
    """Send again what waited for an owner that has become known since the last time; how many records came in.

    Killed, or hindered by an import that is being undone, it looks at the same again the next time.
    """
    cursor, _made = EventCursor.objects.get_or_create(reader=READER)
    [(before,)] = sets.run(BEFORE, [], 0)
    ids = [id for (id,) in sets.run(MET, [], 0, cursor.tx, cursor.tx)]
    told = [each for first in range(0, len(ids), BATCH) for each in _retry(ids[first : first + BATCH], now)]
    if len(told) == len(ids):
        EventCursor.objects.filter(reader=READER).update(tx=before, moved_at=now)
    return sum(verdict.verdict in quarantine.LET_IN for verdict in told)


def _retry(ids: list[int], now: dt.datetime) -> list[verdicts.Verdict]:
    items = QuarantineItem.objects.filter(pk__in=ids).order_by("pk")
    return quarantine.retry_unchanged(items=items, by=None, now=now)
