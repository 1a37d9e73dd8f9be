"""Every field that can hold words about a person says what for, and how long; what is past its time goes."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, transaction

from config import privacy
from identity.models import QuarantineItem
from members.models import Account, Consent, RetentionRun
from members.privacy import purposes, register, traits
from tests import factories
from tests.identity import company

pytestmark = pytest.mark.django_db
NOW = company.NOW


def test_every_field_of_every_model_is_declared():
    assert register.undeclared(privacy.APPS, privacy.declared()) == []
    assert len(register.speaking(privacy.APPS)) > 150


def test_a_field_without_an_entry_and_an_entry_without_a_field_are_named():
    entries = [each for each in privacy.declared() if (each.model, each.name) != ("members.Review", "text")]
    entries += register.impersonal("members.Review", "a mistake", "mood")
    faults = register.undeclared(privacy.APPS, entries)
    assert [fault.split()[0] for fault in faults] == ["members.Review.text", "members.Review.mood"]
    assert "no purpose" in faults[0]


def test_an_undeclared_field_fails_the_check_of_the_installation(monkeypatch):
    call_command("check")
    monkeypatch.setattr(privacy, "OWN", [])
    with pytest.raises(SystemCheckError, match=r"config\.Beat\.name can hold words"):
        call_command("check")


def test_nothing_is_declared_twice():
    names = [(each.model, each.name) for each in privacy.declared()]
    assert len(names) == len(set(names))


@pytest.mark.requirement("PLT-007")
def test_collecting_a_field_without_a_declared_purpose_is_refused_by_the_database():
    tree = factories.tree()
    account = factories.account(channel=factories.channel(organization=tree["g"]))
    account.traits = {name: {"value": "x", "at": "2026-01-01"} for name in traits.TRAITS}
    account.save()
    account.traits["religion"] = {"value": "x", "at": "2026-01-01"}
    with pytest.raises(IntegrityError, match="account_traits_have_a_purpose"), transaction.atomic():
        account.save()
    assert {trait.why for trait in traits.TRAITS.values()} <= purposes.PURPOSES.keys()
    with pytest.raises(purposes.Undeclared, match=r"“curiosity” is no purpose.+ marketing"):
        register.personal("members.Account", why="curiosity", erased=register.CLEARED, mood="mood")


def test_an_undeclared_trait_of_a_record_is_not_collected():
    company.build()
    company.accept(company.account("u1", profile={"name": "A", "religion": "x"}))
    assert Account.objects.get().traits.keys() == {"name"}


def test_each_period_is_carried_out_and_declared():
    kept = {(each.model, each.days) for each in privacy.declared() if getattr(each, "days", None)}
    carried = {(period.model, period.days) for room in privacy.REGISTERS for period in room.PERIODS}
    assert kept == carried


def test_what_is_past_its_time_goes_and_the_run_says_how_much(time_machine):
    tree = factories.tree()
    account = factories.account(channel=factories.channel(organization=tree["g"]))
    for days in (1000, 1200):
        Consent.objects.create(
            account=account, purpose="marketing", touchpoint="sms", granted=True, ip="203.0.113.7",
            stated_at=NOW - dt.timedelta(days=days),
        )  # fmt: skip
    for number, (state, days) in enumerate((("open", 400), ("discarded", 170), ("discarded", 190))):
        at = NOW - dt.timedelta(days=days)
        QuarantineItem.objects.create(
            scope="record", digest=f"{number:032}", raw="{}", code="x", message="m", received_at=at, state=state,
            decided_at=None if state == "open" else at,
        )  # fmt: skip
    time_machine.move_to(NOW, tick=False)
    counts = privacy.carry_out_retention()
    assert counts["members.Consent"] == 1
    assert counts["identity.QuarantineItem"] == 1
    assert Consent.objects.filter(ip=None).count() == 1
    assert Consent.objects.count() == 2
    assert QuarantineItem.objects.count() == 2
    assert RetentionRun.objects.get().counts == counts
    assert sum(privacy.carry_out_retention().values()) == 0
