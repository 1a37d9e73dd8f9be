"""A review reads what it asks for and no more, whatever the server believes of tables that were just filled."""

import datetime as dt
import json
from collections import Counter

import pytest
from django.db import connection

from members.actions import tiers
from members.models import Account, Organization
from members.queries import tier_review, tier_ruling
from tests import factories
from tests.members import clubs

pytestmark = pytest.mark.django_db
NOW = clubs.at("2025-06-01")
PEOPLE, ASKED, LOTS = 150, 10, 3
ROWS_OF_ONE = 30  # of accounts, wallets, lots, postings and grants, and what the statement makes of them
TABLES = "members_account, members_wallet, members_lot, members_posting, members_tiergrant"
FILL = """
WITH own AS (
    INSERT INTO members_wallet (book_id, account_id, role, below_zero, balance)
    SELECT %(book)s, id, '', false, 500 * %(lots)s FROM members_account ORDER BY id RETURNING id, account_id
), posted AS (
    INSERT INTO members_posting (book_id, account_id, verb, key, content, amount, occurred_at, recorded_at)
    SELECT %(book)s, o.account_id, 'earn', o.id || ':' || n, gen_random_uuid(), 500, %(at)s, %(at)s
    FROM own o, generate_series(1, %(lots)s) n RETURNING id, account_id
)
INSERT INTO members_lot (wallet_id, posting_id, amount, remaining, available_from)
SELECT o.id, p.id, 500, 500, %(at)s FROM posted p JOIN own o USING (account_id)
"""


@pytest.fixture
def plan(group: Organization):
    club, growth = clubs.club(organization=group), clubs.growth(organization=group)
    return clubs.ruled(club, book=growth, months=12)


def fill(book, group) -> list[int]:
    channel = factories.channel(organization=group)
    made = [factories.account(channel=channel) for _person in range(PEOPLE)]
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"book": book.pk, "lots": LOTS, "at": NOW - dt.timedelta(days=30)})
    return sorted(each.member_id for each in made)


def rows_read(plan, *, everybody: bool, **scope) -> Counter:
    sql = tier_review.moves(everybody=everybody, stated=False) + tiers.WRITE
    with connection.cursor() as cursor:
        cursor.execute(tier_review.SETTINGS)
        cursor.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", tier_ruling.parameters(plan=plan, now=NOW, **scope)
        )
        [(found,)] = cursor.fetchall()
    read: Counter = Counter()
    for name, rows in _read(json.loads(found)[0]["Plan"] if isinstance(found, str) else found[0]["Plan"]):
        read[name] += rows
    return read


def _read(node):
    if name := node.get("Relation Name"):
        yield name, (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for below in node.get("Plans", ()):
        yield from _read(below)


@pytest.mark.parametrize("looked", ["while they were empty", "when they were full"])
@pytest.mark.parametrize("everybody", [True, False])
def test_what_is_read_grows_with_those_asked_for_alone(plan, group, looked, everybody):
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLES}")
        members = fill(plan.growth_book, group)
        if looked == "when they were full":
            cursor.execute(f"ANALYZE {TABLES}")
    asked = members[:ASKED]
    scope = {"after": asked[0] - 1, "until": asked[-1]} if everybody else {"members": asked}
    assert rows_read(plan, everybody=everybody, **scope).total() <= ASKED * ROWS_OF_ONE


def test_a_second_batch_does_not_read_what_the_first_gave(plan, group):
    members = fill(plan.growth_book, group)
    assert tiers.review(members=members[ASKED:], now=NOW) == PEOPLE - ASKED
    scope = {"after": members[0] - 1, "until": members[ASKED - 1]}
    assert rows_read(plan, everybody=True, **scope).total() <= ASKED * ROWS_OF_ONE
    assert not Account.objects.filter(member__in=members[:ASKED], tier_grants__isnull=True).exists()
