"""Behind a fact tag stands the record that said it; a newer record takes its place, an undone import leaves the older."""

import pytest

from identity.models import IntakeRecord
from members.models import Account
from reports.queries import evidence
from tags.actions import compute, giving
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, account
from tests.members.people import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    nodes = company.build()
    male = {"profile": {"field": "gender", "op": "=", "value": "male"}}
    factories.tag(organization=nodes["g"], code="sex", name="Sex", source="fact", values=[("male", male)])
    return nodes


def of(key="u1") -> list[evidence.Evidence]:
    compute.compute(now=NOW)
    return evidence.of(member=Account.everything.get(external_id=key).member, as_of=NOW)


def digest(on: int) -> str:
    (record,) = IntakeRecord.objects.filter(type="account", raw__occurred_at=company.day(on))
    return record.digest.hex


@pytest.mark.requirement("TAG-015")
def test_the_tag_sex_is_male_names_its_intake_record(house):
    company.accept(account("u1", on=1, profile={"sex": "M"}), account("u1", on=0, profile={"name": "Li Lei"}))
    (found,) = of()
    assert (found.tag, found.value, found.channel) == ("Sex", "male", "app")
    assert found.record == digest(1)
    assert found.at.isoformat() == company.day(1)


def test_a_newer_record_takes_its_place_until_it_is_undone(house):
    company.accept(account("u1", on=1, profile={"gender": "male"}))
    run = company.brought(account("u1", on=2, profile={"gender": "male"}))
    assert [each.record for each in of()] == [digest(2)]
    company.take_back(run)
    assert [each.record for each in of()] == [digest(1)]


def test_a_channels_tag_names_its_record_and_staff_their_name(house):
    called = {"label": {"source": "app", "name": ["高消费"]}}
    tag = factories.tag(
        organization=house["g"], code="spender", name="Spender", source="fact", values=[("yes", called)]
    )
    company.accept(account("u1", on=1, tags=["高消费"]))
    (found,) = of()
    assert (found.tag, found.record, found.by) == ("Spender", digest(1), "")
    by = factories.staff(superuser=True)
    member = Account.objects.get().member
    giving.give(tag=tag, members=[member.pk], values=["yes"], by=by, reason="seen in the shop", now=NOW)
    (found,) = of()
    assert (found.record, found.by) == ("", by.get_username())


def test_the_members_page_shows_the_record_to_those_who_know_the_account(client, house):
    company.accept(account("u1", on=1, profile={"gender": "male"}))
    compute.compute(now=NOW)
    his = Account.objects.get().member
    client.force_login(factories.staff(organization=house["b1"], permissions="members.view_member"))
    text = client.get(page(his, tab="identity")).content.decode()
    assert "What fact tags stand on" in text
    assert digest(1) in text


def test_a_tag_of_another_brand_stays_there(client, house):
    company.accept(account("u1", on=1, profile={"gender": "male"}))
    his = Account.objects.get().member
    secret = factories.tag(organization=house["b2"], code="b2", name="Of B2", source="fact", values=["vip"])
    by = factories.staff(superuser=True)
    giving.give(tag=secret, members=[his.pk], values=["vip"], by=by, reason="seen", now=NOW)
    compute.compute(now=NOW)
    texts = []
    for node in ("b1", "g"):
        client.force_login(factories.staff(organization=house[node], permissions="members.view_member"))
        texts.append(client.get(page(his, tab="identity")).content.decode())
    assert ["Of B2" in text for text in texts] == [False, True]
