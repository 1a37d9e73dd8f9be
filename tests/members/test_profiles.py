"""Profiles and features: equal to a plain reading of the facts, and to a rebuilding of everything."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import tasks
from members.actions import profiles
from members.models import MemberFeatures, MemberProfile
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

sales = st.lists(
    st.tuples(
        st.integers(0, 2),  # account
        st.integers(-800, 0),  # day
        st.integers(1, 500),  # amount
        st.sampled_from(["created", "paid", "completed", "cancelled"]),
        st.lists(
            st.tuples(st.integers(0, 30), st.integers(1, 20)), max_size=2
        ),  # returns: days later, amount
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(sales)
def test_features_equal_a_plain_reading(given):
    with transaction.atomic():
        channel = factories.channel(organization=factories.organization())
        accounts = [factories.account(channel=channel) for _ in range(2)]
        accounts.append(factories.account(channel=channel, member=accounts[0].member))
        for account, day, amount, status, back in given:
            at = NOW + dt.timedelta(days=day)
            order = factories.order(account=accounts[account], amount=amount, at=at, status=status)
            for later, refund in back:
                factories.returned(order=order, amount=refund, at=at + dt.timedelta(days=later))
        profiles.rebuild(now=NOW)
        found = {
            row.member_id: (
                row.order_count,
                row.amount,
                row.order_count_365d,
                row.amount_365d,
                row.last_order_at,
            )
            for row in MemberFeatures.objects.all()
        }
        assert found == plainly(given, accounts)
        transaction.set_rollback(True)


def plainly(given, accounts):
    found = {}
    for account, day, amount, status, back in given:
        if status in ("paid", "completed"):
            net, recent, at = amount - sum(r for _, r in back), day > -365, NOW + dt.timedelta(days=day)
            member = accounts[account].member_id
            count, total, count_365, total_365, last = found.get(member, (0, 0, 0, 0, at))
            found[member] = (
                count + 1,
                total + net,
                count_365 + recent,
                total_365 + recent * net,
                max(last, at),
            )
    return found


def test_rebuilding_changes_nothing():
    channel = factories.channel(organization=factories.organization())
    traits = {"name": {"value": "Li", "at": "2026-01-01T00:00:00+00:00"}}
    first = factories.account(channel=channel, traits=traits)
    later = {
        "name": {"value": "Li Lei", "at": "2026-01-02T00:00:00+00:00"},
        "gender": {"value": "male", "at": ""},
    }
    factories.account(channel=channel, member=first.member, traits=later)
    factories.order(account=first)
    profiles.refresh(members={first.member_id}, now=NOW)
    before = [list(model.objects.values_list()) for model in (MemberProfile, MemberFeatures)]
    assert profiles.rebuild(now=NOW) == 2
    assert [list(model.objects.values_list()) for model in (MemberProfile, MemberFeatures)] == before
    profile = MemberProfile.objects.get()
    assert (profile.name, profile.gender, profile.account_count) == ("Li Lei", "male", 2)


def test_a_member_without_accounts_has_neither():
    channel = factories.channel(organization=factories.organization())
    account = factories.account(channel=channel)
    factories.order(account=account)
    profiles.refresh(members={account.member_id}, now=NOW)
    left = account.member_id
    account.member = factories.account(channel=channel).member
    account.save()
    profiles.refresh(members={left, account.member_id}, now=NOW)
    assert list(MemberProfile.objects.values_list("member_id", flat=True)) == [account.member_id]
    assert list(MemberFeatures.objects.values_list("member_id", flat=True)) == [account.member_id]


def test_the_command_and_the_job_derive_everybody():
    account = factories.account(channel=factories.channel(organization=factories.organization()))
    out = StringIO()
    call_command("rebuild_profiles", stdout=out)
    assert "1 members derived" in out.getvalue()
    assert MemberProfile.objects.get().member_id == account.member_id
    assert tasks.rebuild_profiles() == 1
