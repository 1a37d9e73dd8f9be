"""What the undoing of an import would change, and which imports somebody sees."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from identity.models import FileImport, IngestRun, IntakeRecord
from members.models import Channel
from members.queries import scopes
from members.queries.scopes import Reach

UNDOING = """
WITH told AS MATERIALIZED (
    SELECT id, channel_id, type, key, contact FROM identity_intakerecord
    WHERE run_id = %(run)s AND withdrawal_id IS NULL AND repeated IS NULL
), others AS (
    SELECT count(*) AS kept FROM identity_intakerecord
    WHERE run_id = %(run)s AND withdrawal_id IS NULL AND repeated IS NOT NULL
), keys AS MATERIALIZED (
    SELECT channel_id, type, key, NOT EXISTS (
        SELECT FROM identity_intakerecord r
        WHERE r.channel_id = k.channel_id AND r.type = k.type AND r.key = k.key AND r.withdrawal_id IS NULL
          AND (r.run_id IS DISTINCT FROM %(run)s OR r.repeated IS NOT NULL)
    ) AS gone
    FROM (SELECT DISTINCT channel_id, type, key FROM told) k
), claimed AS MATERIALIZED (
    SELECT a.id, a.member_id, NOT EXISTS (
        SELECT FROM identity_intakerecord r
        WHERE r.channel_id = c.channel_id AND r.type = 'account' AND r.key = c.external_id AND r.withdrawal_id IS NULL
          AND (r.run_id IS DISTINCT FROM %(run)s OR r.repeated IS NOT NULL)
    ) AND NOT EXISTS (
        SELECT FROM identity_intakerecord r
        WHERE r.channel_id = c.channel_id AND r.contact = c.external_id AND r.contact <> ''
          AND r.withdrawal_id IS NULL AND (r.run_id IS DISTINCT FROM %(run)s OR r.repeated IS NOT NULL)
    ) AS gone
    FROM (SELECT channel_id, key AS external_id FROM told WHERE type = 'account'
          UNION SELECT channel_id, contact FROM told WHERE contact <> '') c
    JOIN members_account a USING (channel_id, external_id)
), people AS (
    SELECT member_id, bool_and(EXISTS (SELECT FROM claimed c WHERE c.id = a.id AND c.gone)) AS gone
    FROM members_account a WHERE member_id IN (SELECT member_id FROM claimed WHERE gone) AND emptied_at IS NULL
    GROUP BY member_id
), waiting AS (
    SELECT count(*) AS orders FROM members_order o JOIN claimed c ON c.id = o.account_id AND c.gone
    WHERE NOT EXISTS (SELECT FROM keys k WHERE k.type = 'order' AND k.gone
                      AND k.channel_id = o.channel_id AND k.key = o.external_id)
)
SELECT (SELECT count(*) FROM told), (SELECT kept FROM others),
       (SELECT count(*) FROM claimed WHERE gone), (SELECT count(*) FROM claimed WHERE NOT gone),
       (SELECT count(*) FROM people WHERE gone), (SELECT count(*) FROM people WHERE NOT gone),
       (SELECT count(*) FROM keys WHERE type = 'order' AND gone),
       (SELECT count(*) FROM keys WHERE type = 'order' AND NOT gone),
       (SELECT count(*) FROM keys WHERE type IN ('return', 'review', 'event') AND gone),
       (SELECT orders FROM waiting)
"""


@dataclass(frozen=True)
class Preview:
    """Records that would be withdrawn, and those that others brought too; accounts, people and orders that would
    go or be told anew from what remains; orders of others that would wait for their account again."""

    records: int
    kept: int
    accounts_gone: int
    accounts_changed: int
    people_gone: int
    people_changed: int
    orders_gone: int
    orders_changed: int
    others_gone: int
    orders_waiting: int


def undoing(*, run: IngestRun) -> Preview:
    """What undoing the run would change now."""
    with connection.cursor() as cursor:
        cursor.execute(UNDOING, {"run": run.pk})
        return Preview(*cursor.fetchone())


def within(imports: QuerySet[FileImport], *, reach: Reach, user) -> QuerySet[FileImport]:
    """Imports of channels within reach, and one's own."""
    if reach.everything:
        return imports
    if not reach:
        return imports.none()
    near = scopes.at_organization(FileImport.objects.all(), reach=reach, field="channel__organization")
    return imports.filter(Q(pk__in=near.values("pk")) | Q(uploaded_by=user))


def told_within(*, run: IngestRun, reach: Reach, user) -> bool:
    """Whether a run is of the reader's node: an import that he sees, or a file that told only of channels within
    his reach."""
    if reach.everything:
        return True
    brought = FileImport.objects.filter(run=run)
    if brought.exists():
        return within(brought, reach=reach, user=user).exists()
    near = scopes.at_organization(Channel.objects.all(), reach=reach)
    told = IntakeRecord.objects.filter(run=run)
    return told.exists() and not told.exclude(channel__in=near).exists()
