"""Everything that a set of records left behind, without ids and arrival: equal for equal facts."""

from django.db import connection

QUERIES = {
    "accounts": """
        SELECT c.code, a.external_id, a.is_contact, o.code, a.first_seen_at, a.last_seen_at, a.traits::text
        FROM members_account a JOIN members_channel c ON c.id = a.channel_id
        JOIN members_organization o ON o.id = a.organization_id
        WHERE a.emptied_at IS NULL""",
    "bindings": """
        SELECT a.external_id, i.kind_id, i.namespace, i.value, b.role, b.first_at, b.last_at, b.orders
        FROM identity_binding b JOIN members_account a ON a.id = b.account_id
        JOIN identity_identifier i ON i.id = b.identifier_id""",
    "memberships": """
        SELECT o.code, a.external_id, m.known_at, m.joined_at, s.code, m.first_visited_at, m.last_visited_at,
               m.number, m.tier, m.points, m.growth, m.stated_at, m.number_at, m.tier_at, m.points_at, m.growth_at
        FROM members_membership m JOIN members_account a ON a.id = m.account_id
        JOIN members_organization o ON o.id = m.organization_id
        LEFT JOIN members_organization s ON s.id = m.join_source_id""",
    "consents": """
        SELECT a.external_id, c.purpose, c.touchpoint, c.granted, c.stated_at, c.text_version
        FROM members_consent c JOIN members_account a ON a.id = c.account_id""",
    "labels": """
        SELECT a.external_id, l.source, l.labels::text, l.stated_at, l.record
        FROM members_labelstatement l JOIN members_account a ON a.id = l.account_id""",
    "orders": """
        SELECT o.external_id, a.external_id, o.account_key, n.code, o.occurred_at, o.status, o.amount, o.discount,
               o.shipping, o.version_at, o.version_digest, o.cashier, o.guide, o.coupons::text, o.attribution::text
        FROM members_order o LEFT JOIN members_account a ON a.id = o.account_id
        JOIN members_organization n ON n.id = o.organization_id""",
    "lines": """
        SELECT o.external_id, l.line, l.sku, l.quantity, l.unit_price, l.discount, l.amount
        FROM members_orderline l JOIN members_order o ON o.id = l.order_id""",
    "payments": """
        SELECT o.external_id, p.position, p.method, p.amount
        FROM members_orderpayment p JOIN members_order o ON o.id = p.order_id""",
    "contacts": """
        SELECT o.external_id, i.value, c.role, c.name FROM identity_ordercontact c
        JOIN members_order o ON o.id = c.order_id JOIN identity_identifier i ON i.id = c.identifier_id""",
    "returns": """
        SELECT r.external_id, o.external_id, r.order_key, a.external_id, r.account_key, r.occurred_at, r.amount,
               r.version_digest
        FROM members_return r LEFT JOIN members_order o ON o.id = r.order_id
        LEFT JOIN members_account a ON a.id = r.account_id""",
    "return lines": """
        SELECT r.external_id, l.position, l.line, l.sku, l.quantity, l.refund
        FROM members_returnline l JOIN members_return r ON r.id = l.returned_id""",
    "reviews": """
        SELECT r.external_id, o.external_id, a.external_id, r.sku, r.rating, r.text, r.version_digest
        FROM members_review r LEFT JOIN members_order o ON o.id = r.order_id
        LEFT JOIN members_account a ON a.id = r.account_id""",
    "events": """
        SELECT e.name, e.touchpoint, c.code FROM members_event e JOIN members_channel c ON c.id = e.channel_id
        WHERE e.name NOT LIKE ALL (ARRAY['identity.%', 'account.joined', 'account.withdrawn'])""",
    "own events": """
        SELECT e.name, a.external_id, e.account_key, e.occurred_at, e.properties::text
        FROM members_event e LEFT JOIN members_account a ON a.id = e.account_id
        WHERE e.name NOT LIKE ALL (ARRAY['order.%', 'review.%', 'identity.%', 'account.joined', 'account.withdrawn'])""",
    "archive": "SELECT type, key, digest, raw::text FROM identity_intakerecord WHERE withdrawal_id IS NULL",
    "people": """
        SELECT a.external_id, min(b.external_id) FROM members_account a
        JOIN members_account b USING (member_id)
        WHERE a.emptied_at IS NULL AND b.emptied_at IS NULL GROUP BY a.id, a.external_id""",
    "profiles": """
        SELECT a.external_id, p.name, p.gender, p.city, p.account_count, p.first_seen_at
        FROM members_account a LEFT JOIN members_memberprofile p USING (member_id)
        WHERE a.emptied_at IS NULL""",
    "features": """
        SELECT a.external_id, f.order_count, f.amount, f.first_order_at, f.last_order_at, f.order_count_365d,
               f.amount_365d
        FROM members_account a JOIN members_memberfeatures f USING (member_id)""",
}


def take() -> dict[str, list]:
    """{what: sorted rows}."""
    with connection.cursor() as cursor:
        found = {}
        for name, query in QUERIES.items():
            cursor.execute(query)
            found[name] = sorted(cursor.fetchall(), key=repr)
    return found


def counts() -> dict[str, int]:
    return {name: len(rows) for name, rows in take().items()}
