"""The set-based decision against plain Python, over random people, consents, addresses and batch sizes."""

import datetime as dt
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.models import Binding
from members.models import Consent
from tests import factories
from tests.campaigns import making
from tests.campaigns.making import NOW

ROUTES = (("phone", "sms"), ("email", "email"))
CAP = 2


def world(dice, channel):
    """Up to twelve people with one to three accounts each, who share a few addresses."""
    people = []
    for _ in range(dice.randrange(1, 13)):
        first = factories.account(channel=channel)
        others = [
            factories.account(channel=channel, member=first.member) for _ in range(dice.choice([0, 0, 1, 2]))
        ]
        for account in [first, *others]:
            _facts(dice, account)
        people.append(first.member)
    return people


def _facts(dice, account):
    for touchpoint, granted, hour in {
        (dice.choice(["sms", "email", "*", "wechat"]), dice.random() < 0.8, dice.randrange(3))
        for _ in range(dice.randrange(4))
    }:
        making.consent(
            account=account, touchpoint=touchpoint, granted=granted, at=NOW + dt.timedelta(hours=hour)
        )
    for kind in ("phone", "email"):
        if dice.random() < 0.6:
            value = f"{kind}-{dice.randrange(8)}"
            binding = making.identifier(account=account, kind=kind, value=value).bindings.get(account=account)
            Binding.objects.filter(pk=binding.pk).update(
                last_at=NOW + dt.timedelta(minutes=dice.randrange(9)),
                role="holder" if dice.random() < 0.9 else "receiver",
            )


def expected(campaign, sent_before):
    """Decision by decision, in their order."""
    outcomes, reached = {}, set()
    for decision in campaign.decisions.order_by("id"):
        outcome, address = judge(decision.member)
        if outcome == "go" and sent_before.get(decision.member_id, 0) >= CAP:
            outcome = "capped"
        if outcome == "go":
            outcome = "capped" if address in reached else "held_out" if decision.arm == "holdout" else "sent"
            reached.add(address)
        outcomes[decision.member_id] = outcome
    return outcomes


def judge(member):
    allowed, addressed = [], []
    asked = False
    for kind, way in ROUTES:
        said = Consent.objects.filter(account__member=member, touchpoint__in=[way, "sandbox", "*"])
        latest = max(said, key=lambda statement: (statement.stated_at, not statement.granted), default=None)
        held = Binding.objects.filter(account__member=member, identifier__kind=kind, role="holder")
        best = max(held, key=lambda binding: (binding.last_at, binding.pk), default=None)
        asked |= bool(latest and latest.granted)
        addressed += [best] if best else []
        if latest and latest.granted and best:
            allowed.append(best.identifier.value)
    if not asked:
        return "no_consent", None
    if not allowed:
        return ("no_consent" if addressed else "unreachable"), None
    return "go", allowed[0]


@pytest.mark.django_db
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**9), size=st.integers(1, 13))
def test_as_plain_python_decides(db, seed, size):
    dice = random.Random(seed)
    nodes = {"g": factories.organization()}
    channel = factories.channel(organization=nodes["g"])
    people = world(dice, channel)
    audience = making.audience(organization=nodes["g"], members=people, name=f"{seed} {size} {channel.pk}")
    sent_before: dict[int, int] = {}
    for number in range(CAP + 1):
        campaign = making.approved(
            organization=nodes["g"], audience=audience, name=str(number), cap_count=CAP, holdout_share="0.3"
        )
        making.run(campaign, size=size)
        outcomes = making.outcomes(campaign)
        assert outcomes == expected(campaign, sent_before)
        for member, outcome in outcomes.items():
            sent_before[member] = sent_before.get(member, 0) + (outcome == "sent")
