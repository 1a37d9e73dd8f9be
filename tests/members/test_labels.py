"""Labels: whatever order statements come in, and however often, the same rows and the same answer."""

import datetime as dt
import hashlib
import itertools

import pytest

from members.actions import labels
from members.models import LabelStatement
from members.queries import labels as asked
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return factories.account(channel=factories.channel(organization=factories.organization(), code="youzan"))


def said(account, *words, days_ago=0.0, source="youzan", **more) -> labels.Statement:
    at = NOW - dt.timedelta(days=days_ago)
    return labels.Statement(account=account.pk, source=source, labels=words, stated_at=at, **more)


def rows() -> set:
    found = LabelStatement.objects.values_list("source", "labels", "stated_at", "record")
    return {(source, tuple(words), at, str(record)) for source, words, at, record in found}


def test_the_order_of_statements_changes_nothing(account):
    digests = [str(number) * 32 for number in (1, 2, 3)]
    statements = [
        said(account, "b", "a", days_ago=3, record=digests[0]),
        said(account, "a", "b", days_ago=3, record=digests[1]),
        said(account, days_ago=2, record=digests[0]),
        said(account, "c", "c", days_ago=1, record=digests[2]),
    ]
    found = []
    for order in itertools.permutations(statements):
        LabelStatement.objects.all().delete()
        for each in (*order, order[0]):
            labels.state(statements=[each])
        found.append((rows(), tuple(asked.words(member=account.member, source="youzan", as_of=NOW))))
    assert len({(frozenset(kept), words) for kept, words in found}) == 1
    assert len(found[0][0]) == 3
    assert found[0][1] == ("c",)


def test_the_latest_list_rules_and_an_empty_one_takes_all_off(account):
    labels.state(statements=[said(account, "vip", "gift", days_ago=3), said(account, "vip", days_ago=2)])

    def answer(days):
        then = NOW - dt.timedelta(days=days)
        return asked.words(member=account.member, source="youzan", as_of=then)

    assert [answer(4), answer(3), answer(2)] == [[], ["gift", "vip"], ["vip"]]
    labels.state(statements=[said(account, days_ago=1)])
    assert [answer(2), answer(1)] == [["vip"], []]


def test_one_that_expired_brings_no_older_one_back(account):
    soon = NOW + dt.timedelta(days=1)
    labels.state(
        statements=[said(account, "old", days_ago=2), said(account, "new", expires_at=soon, reason="a plan")]
    )
    (held,) = asked.current(member=account.member, as_of=NOW)
    assert (held.labels, held.reason, held.expires_at) == (["new"], "a plan", soon)
    assert asked.current(member=account.member, as_of=soon) == []


def test_accounts_of_one_member_add_up(account):
    other = factories.account(channel=account.channel, member=account.member)
    labels.state(statements=[said(account, "vip"), said(other, "gift"), said(other, "x", source="jd")])
    assert asked.words(member=account.member, source="youzan", as_of=NOW) == ["gift", "vip"]


def test_a_channel_may_call_a_customer_by_five_hundred_long_words(account):
    words = [hashlib.sha256(bytes([number % 256, number // 256])).hexdigest() for number in range(500)]
    labels.state(statements=[said(account, *words)] * 2)
    labels.state(statements=[said(account, *words)])
    assert LabelStatement.objects.get().labels == sorted(words)
