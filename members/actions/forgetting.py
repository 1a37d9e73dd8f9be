"""What the ground forgets of an erased person. Orders stay, with their amounts and goods and without him."""

from django.db import connection

from members import sets
from members.models import oneid
from members.privacy import tombstones
from members.privacy.person import Person
from members.privacy.rooms import Work

KEPT_PROPERTIES = ["order", "status", "amount", "return", "review", "sku", "rating", "quantity", "book"]

STEPS = {
    "events": """
        UPDATE members_event SET account_key = '', properties = (
            SELECT coalesce(jsonb_object_agg(p.key, p.value), '{}') FROM jsonb_each(properties) p
            WHERE p.key = ANY(%(kept)s) AND jsonb_typeof(p.value) NOT IN ('object', 'array')
              AND p.value #>> '{}' !~* %(pattern)s)
        WHERE account_id = ANY(%(accounts)s) AND (account_key <> '' OR properties <> '{}')""",
    "events of others": """
        UPDATE members_event SET properties = (
            SELECT coalesce(jsonb_object_agg(p.key, p.value), '{}') FROM jsonb_each(properties) p
            WHERE p.key !~* %(pattern)s AND p.value::text !~* %(pattern)s)
        WHERE id = ANY(%(mentioned)s) OR (id > %(last)s AND properties::text ~* %(pattern)s)""",
    "waiting events": """
        UPDATE members_event e SET account_key = '', properties = '{}'
        FROM unnest(%(channels)s::bigint[], %(keys)s::text[]) AS k (channel_id, key)
        WHERE e.channel_id = k.channel_id AND e.account_key = k.key AND e.account_id IS NULL AND e.account_key <> ''""",
    "order lines": """
        UPDATE members_orderline l SET serial = '' FROM members_order o
        WHERE o.id = l.order_id AND o.account_id = ANY(%(accounts)s) AND l.serial <> ''""",
    "orders": """
        UPDATE members_order SET account_key = '', attribution = '{}', coupons = '[]', receiver_province = ''
        WHERE account_id = ANY(%(accounts)s)""",
    "returns": "UPDATE members_return SET account_key = '' WHERE account_id = ANY(%(accounts)s)",
    "reviews": "UPDATE members_review SET account_key = '', text = '' WHERE account_id = ANY(%(accounts)s)",
    "memberships": "DELETE FROM members_membership WHERE account_id = ANY(%(accounts)s)",
    "labels": "DELETE FROM members_labelstatement WHERE account_id = ANY(%(accounts)s)",
    "closed links": "DELETE FROM members_closedlink WHERE account_id = ANY(%(accounts)s)",
    "consents": """
        UPDATE members_consent SET ip = NULL, device = '', record = NULL WHERE account_id = ANY(%(accounts)s)""",
    "postings": """
        UPDATE members_posting SET reason = 'erased' WHERE account_id = ANY(%(accounts)s) AND reason NOT IN ('', 'erased')""",
    "adjustments": """
        UPDATE members_adjustment SET reason = 'erased' WHERE account_id = ANY(%(accounts)s) AND reason <> 'erased'""",
    "tier grants": """
        UPDATE members_tiergrant SET note = 'erased'
        WHERE basis && %(accounts)s::bigint[] AND note NOT IN ('', 'erased')""",
    "rights": """
        UPDATE members_rightgrant SET serial = '', reason = CASE reason WHEN '' THEN '' ELSE 'erased' END
        WHERE account_id = ANY(%(accounts)s) AND (serial <> '' OR reason NOT IN ('', 'erased'))""",
    "appliances": """
        DELETE FROM members_appliance
        WHERE account_id = ANY(%(accounts)s) AND (bound_account_id IS NULL OR bound_account_id = ANY(%(accounts)s))
           OR account_id IS NULL AND bound_account_id = ANY(%(accounts)s)""",
    "appliances of others": """
        UPDATE members_appliance SET account_id = nullif(account_id, mine.id), bound_account_id = nullif(bound_account_id, mine.id),
            bought_at = CASE WHEN account_id = mine.id THEN NULL ELSE bought_at END,
            order_key = CASE WHEN account_id = mine.id THEN '' ELSE order_key END,
            channel_id = CASE WHEN account_id = mine.id THEN NULL ELSE channel_id END,
            organization_id = CASE WHEN account_id = mine.id THEN NULL ELSE organization_id END,
            bound_at = CASE WHEN bound_account_id = mine.id THEN NULL ELSE bound_at END
        FROM unnest(%(accounts)s::bigint[]) AS mine (id) WHERE mine.id IN (account_id, bound_account_id)""",
    "tickets": """
        UPDATE members_ticket SET serial = '', text = ''
        WHERE account_id = ANY(%(accounts)s) AND (serial, text) <> ('', '')""",
    "settlements": """
        UPDATE members_settlement SET reason = 'erased' WHERE accounts && %(accounts)s::bigint[] AND reason <> ''""",
    "profiles": "DELETE FROM members_memberprofile WHERE member_id = ANY(%(members)s)",
    "features": "DELETE FROM members_memberfeatures WHERE member_id = ANY(%(members)s)",
    "access records": """
        UPDATE members_accessrecord
        SET reason = CASE action WHEN 'unmask' THEN 'erased' ELSE '' END, details = '{}'
        WHERE member_id = ANY(%(members)s) OR reason ~* %(pattern)s OR details::text ~* %(pattern)s""",
    "accounts": """
        UPDATE members_account
        SET external_id = 'erased-' || id, is_contact = false, traits = '{}', emptied_at = %(now)s,
            member_id = minted_id, revoke_reason = CASE revoke_reason WHEN '' THEN '' ELSE 'erased' END
        WHERE id = ANY(%(accounts)s)""",
}

# A referral names whom somebody brought. There is no index into properties: one reading of the log.
MENTIONED = """
SELECT coalesce(array_agg(id) FILTER (WHERE properties::text ~* %(pattern)s), '{}'), coalesce(max(id), 0)
FROM members_event WHERE account_id IS NULL OR account_id <> ALL(%(accounts)s)
"""

RENAME = """
UPDATE members_member m SET oneid = n.oneid, retired_at = coalesce(m.retired_at, %s)
FROM unnest(%s::bigint[], %s::text[]) AS n (id, oneid) WHERE m.id = n.id
"""
TELL = """
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at)
SELECT id, channel_id, organization_id, 'account.erased', %s FROM members_account WHERE id = ANY(%s) ORDER BY id
"""


def look(person: Person) -> tuple[list[int], int]:
    """Events of others that name him, and the last event that was looked at. Nothing is locked yet."""
    with connection.cursor() as cursor:
        cursor.execute(MENTIONED, {"pattern": person.pattern, "accounts": list(person.accounts)})
        return cursor.fetchone()


def erase(work: Work) -> dict[str, int]:
    """Take the person out of every table of the ground; {what: rows}."""
    person = work.person
    given = {
        "accounts": list(person.accounts),
        "members": list(person.members),
        "channels": [channel for channel, _code, _key in person.keys],
        "keys": [key for _channel, _code, key in person.keys],
        "pattern": person.pattern,
        "kept": KEPT_PROPERTIES,
        "now": work.now,
        "mentioned": work.found[0],
        "last": work.found[1],
    }
    counts = {}
    with connection.cursor() as cursor:
        for name, statement in STEPS.items():
            cursor.execute(statement, given)
            counts[name] = cursor.rowcount
        renamed = list(zip(person.members, oneid.mint_many(len(person.members)), strict=True))
        cursor.execute(RENAME, [work.now, *sets.columns(renamed, 2)])
        cursor.execute(TELL, [work.now, given["accounts"]])
    return counts | {"members": len(renamed)}


def hashes(person: Person, salt: bytes) -> set[tuple[str, bytes]]:
    """Tombstones of his accounts and OneIDs."""
    accounts = (
        tombstones.account(salt=salt, channel=code, external_id=key) for _channel, code, key in person.keys
    )
    oneids = (tombstones.oneid(salt=salt, oneid=each) for each in person.oneids)
    return {("account", each) for each in accounts} | {("oneid", each) for each in oneids}
