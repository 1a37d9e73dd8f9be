"""A few members with everything: five accounts, a thousand orders, ten thousand events, value, rights, goods, tags,
messages; among many others."""

import datetime as dt

from django.contrib.auth import get_user_model

from benchmarks import fixtures
from campaigns.models import Campaign, Decision
from members.actions import appliances, books, gift_cards, points, purses, rights, tickets
from members.models import (
    Account,
    Channel,
    Member,
    OrderLine,
    Organization,
    Programme,
    Purse,
    Right,
    Tier,
    oneid,
)
from tags.models import Audience, MemberTags, Tag, TagValue

CHANNELS = ("mini", "shop", "pos", "app", "crm")
ORDERS, EVENTS = 1_000, 10_000
NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

MEMBERS = """
INSERT INTO members_member (id, oneid, retired_at)
SELECT %(count)s + i, lpad(upper(to_hex(%(count)s + i)), 13, '0'), %(now)s FROM generate_series(1, 4 * %(busy)s) AS i
"""
ACCOUNTS = """
INSERT INTO members_account (id, channel_id, external_id, is_contact, organization_id, minted_id, member_id, first_seen_at,
                             last_seen_at)
SELECT %(count)s + (m - 1) * 4 + n, c.id, 'busy-' || m || '-' || n, false, c.organization_id,
       %(count)s + (m - 1) * 4 + n, m, %(now)s - interval '3 years', %(now)s - interval '1 day'
FROM generate_series(1, %(busy)s) AS m, generate_series(1, 4) AS n
JOIN members_channel c ON c.code = (%(channels)s::text[])[n + 1]
"""
OWN = """
CREATE TEMP TABLE own ON COMMIT DROP AS
SELECT a.id, a.member_id, a.channel_id, a.external_id, a.organization_id,
       row_number() OVER (PARTITION BY a.member_id ORDER BY a.id) - 1 AS place
FROM members_account a WHERE a.member_id <= %(busy)s
"""
SAID = """
UPDATE members_account SET traits = jsonb_build_object(
    'name', jsonb_build_object('value', 'Wang Xiaoming', 'at', '2025-01-01T00:00:00+00:00'),
    'gender', jsonb_build_object('value', 'male', 'at', '2025-01-01T00:00:00+00:00'),
    'birth_date', jsonb_build_object('value', '1988-08-08', 'at', '2025-01-01T00:00:00+00:00'),
    'city', jsonb_build_object('value', 'City ' || id %% 3, 'at', '2025-01-01T00:00:00+00:00'))
WHERE member_id <= %(busy)s
"""
KNOWN = """
INSERT INTO members_membership (account_id, organization_id, known_at, tier, tier_at, points, points_at, growth,
                                growth_at, stated_at)
SELECT id, organization_id, %(now)s - interval '3 years', 'silver', at, 120, at, 300, at, at
FROM own, (SELECT %(now)s::timestamptz - interval '90 days' AS at) told WHERE place > 0
"""
AGREED = """
INSERT INTO members_consent (account_id, purpose, touchpoint, granted, stated_at)
SELECT own.id, purpose, touchpoint, true, %(now)s - interval '400 days'
FROM own, unnest(ARRAY['marketing', 'profiling']) AS purpose, unnest(ARRAY['sms', 'email']) AS touchpoint
"""
TOLD = """
INSERT INTO identity_intakerecord (channel_id, type, key, digest, raw, received_at, contact)
SELECT channel_id, 'account', external_id, gen_random_uuid(), '{}', %(now)s, '' FROM own
"""
NAMED = """
INSERT INTO identity_identifier (kind_id, value)
SELECT 'phone', '+86139' || lpad(member_id::text, 8, '0') FROM own WHERE place = 0
UNION ALL SELECT 'email', 'busy' || member_id || '@example.com' FROM own WHERE place = 0
"""
BOUND = """
INSERT INTO identity_binding (account_id, identifier_id, role, first_at, last_at)
SELECT own.id, i.id, 'holder', %(now)s - interval '3 years', %(now)s - interval '1 day'
FROM own JOIN identity_identifier i
  ON (i.kind_id, i.value) IN (('phone', '+86139' || lpad(own.member_id::text, 8, '0')),
                              ('email', 'busy' || own.member_id || '@example.com'))
"""
BOUGHT = """
INSERT INTO members_order (channel_id, external_id, account_id, organization_id, occurred_at, status, currency, amount,
                           shipping, version_at, version_digest)
SELECT own.channel_id, 'busy-' || own.member_id || '-' || i, own.id, own.organization_id,
       %(now)s - i * interval '1 day' - own.member_id * interval '1 minute',
       CASE WHEN i %% 25 = 0 THEN 'cancelled' ELSE 'completed' END, 'CNY', 100 + i %% 900, 5,
       %(now)s - i * interval '1 day', gen_random_uuid()
FROM generate_series(1, %(orders)s) AS i JOIN own ON own.place = i %% 5
"""
LINES = """
INSERT INTO members_orderline (order_id, line, sku, name, category, quantity, unit_price, discount, amount, serial)
SELECT o.id, line, 'SKU-' || o.id %% 500, 'Article ' || o.id %% 500, CASE line WHEN 1 THEN 'refrigerator' ELSE 'care' END,
       1, 50, 0, 50, CASE WHEN line = 1 AND o.id %% 300 = 0 THEN 'SN-' || o.id ELSE '' END
FROM members_order o, generate_series(1, 2) AS line WHERE o.external_id LIKE 'busy-%%'
"""
RETURNED = """
INSERT INTO members_return (channel_id, external_id, order_id, order_key, account_id, organization_id, occurred_at, amount,
                            version_at, version_digest)
SELECT channel_id, 'R-' || external_id, id, external_id, account_id, organization_id, occurred_at + interval '3 days', 20,
       version_at, version_digest
FROM members_order WHERE external_id LIKE 'busy-%%' AND id %% 20 = 0
"""
REVIEWED = """
INSERT INTO members_review (channel_id, external_id, order_id, order_key, account_id, rating, text, occurred_at, version_at,
                            version_digest)
SELECT channel_id, 'V-' || external_id, id, external_id, account_id, 4, 'Runs quietly.', occurred_at + interval '9 days',
       version_at, version_digest
FROM members_order WHERE external_id LIKE 'busy-%%' AND id %% 40 = 0
"""
HAPPENED = """
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, touchpoint, properties)
SELECT own.id, own.channel_id, own.organization_id,
       (ARRAY['view_page', 'click_product', 'visit', 'add_to_cart', 'play_video', 'view_page', 'order.created',
              'order.paid', 'points.earned', 'message.sent'])[1 + i %% 10],
       %(now)s - i * interval '150 minutes', 'home', jsonb_build_object('page', 'p' || i %% 50)
FROM generate_series(1, %(events)s) AS i JOIN own ON own.place = i %% 5
"""
OTHERS = """
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT id, channel_id, organization_id, 'visit', %(now)s - i * interval '3 days', '{}'
FROM members_account, generate_series(1, 5) AS i WHERE member_id > %(busy)s
"""
ROWS = (
    MEMBERS, ACCOUNTS, OWN, SAID, KNOWN, AGREED, TOLD, NAMED, BOUND, BOUGHT, LINES, RETURNED, REVIEWED, HAPPENED,
    OTHERS,
)  # fmt: skip


def members(*, count: int, busy: int) -> list[Member]:
    """The first ``busy`` of ``count`` members, with everything."""
    given = {"count": count, "busy": busy, "now": NOW, "orders": ORDERS, "events": EVENTS, "channels": list(CHANNELS)}  # fmt: skip
    with fixtures.filling() as cursor:
        for statement in ROWS:
            cursor.execute(statement, given)
        fixtures.restart(cursor, "members_member", "members_account")
    found = list(Member.objects.filter(pk__lte=busy).order_by("pk"))
    for each in found:
        each.oneid = oneid.mint()
    Member.objects.bulk_update(found, ["oneid"])
    group = Organization.objects.earliest("id")
    _standing(group)
    _value(found, group)
    _goods(found, group)
    _marketing(found, group)
    fixtures.settle()
    return found


def _standing(group: Organization) -> None:
    programme = Programme.objects.create(organization=group, name="Club")
    for rank, code in enumerate(("bronze", "silver", "gold"), 1):
        Tier.objects.create(programme=programme, code=code, name=code.title(), rank=rank)


def _book(group: Organization, code: str, kind: str, **policy):
    return books.create(organization=group, code=code, name=code.title(), kind=kind, unit="CNY", **policy)


def _value(members: list[Member], group: Organization) -> None:
    """Lots that end in many months, a card, a gift card."""
    book = _book(group, "points", "points", expiry="months_after", expiry_months=12)
    purse = Purse.objects.create(
        organization=group, code="card", name="Card", principal=_book(group, "paid-in", "stored_value_principal"),
        bonus=_book(group, "bonus", "stored_value_bonus"),
    )  # fmt: skip
    gifts = _book(group, "gifts", "gift_card")
    for account in Account.objects.filter(member__in=members).order_by("pk"):
        for month in range(10):
            at = NOW - month * 30 * DAY
            points.earn(account=account, book=book, amount=10, key=f"e-{account.pk}-{month}", now=at)
        if account.external_id.startswith("busy-"):
            continue
        purses.top_up(
            account=account, purse=purse, principal=100, bonus=10, key=f"t-{account.pk}", organization=group, now=NOW
        )  # fmt: skip
        for number in range(2):
            gift_cards.issue(book=gifts, amount=50, key=f"g-{account.pk}-{number}", buyer=account, now=NOW)


def _goods(members: list[Member], group: Organization) -> None:
    sold = OrderLine.objects.exclude(serial="").values_list("serial", flat=True)
    appliances.settle(serials=list(sold), now=NOW)
    named = {
        code: Right.objects.create(
            organization=group,
            code=code,
            name=code,
            kind=code,
            validity_months=24,
            active_from=NOW - 999 * DAY,
        )
        for code in ("service", "warranty", "lounge")
    }
    channel = Channel.objects.get(code="crm")
    for account in Account.objects.filter(member__in=members, channel=channel):
        for code, right in named.items():
            rights.grant(
                right=right, account=account, quantity=2, source="campaign", key=f"{code}-{account.pk}", reason="", by=None,
                now=NOW,
            )  # fmt: skip
        for number in range(3):
            tickets.file(
                channel=channel, external_id=f"T-{account.pk}-{number}", kind="repair", account=account,
                organization=group, now=NOW - number * DAY,
            )  # fmt: skip


def _marketing(members: list[Member], group: Organization) -> None:
    author, approver = (get_user_model().objects.create(username=name) for name in ("author", "approver"))
    audience = Audience.objects.create(
        name="All", organization=group, condition={}, created_by=author, created_at=NOW
    )
    for number in range(12):
        tag = Tag.objects.create(code=f"tag-{number}", name=f"Tag {number}", organization=group)
        TagValue.objects.create(tag=tag, code="yes", name="Yes")
        campaign = Campaign.objects.create(
            name=f"Campaign {number}", organization=group, audience=audience, touchpoint="sms", body="Hello",
            starts_at=NOW, state="running", created_by=author, submitted_by=author, approved_by=approver, created_at=NOW,
            approved_at=NOW, started_at=NOW,
        )  # fmt: skip
        Decision.objects.bulk_create(
            Decision(campaign=campaign, member=each, outcome="capped", decided_at=NOW - number * DAY)
            for each in members
        )
    values = sorted(TagValue.objects.values_list("pk", flat=True))
    MemberTags.objects.bulk_create(
        MemberTags(member=each, values=values, computed_at=NOW) for each in members
    )
