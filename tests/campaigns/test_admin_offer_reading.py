"""The editor of an offer says what it reads while it is typed, and keeps nothing of that."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns.models import ActivityOffer, RuleRevision
from members.models import AccessRecord
from tests import factories
from tests.campaigns import offering, vouchers
from tests.campaigns.activity_pages import fields, put

SHOP = {"sample-store": "s1", "sample-who": "member", "sample-order": ""}


@pytest.fixture
def address(draft):
    return reverse("admin:campaigns_activity_reads", args=[draft.activity_id, 1])


def reads(client, address, **changed):
    answer = client.post(address, fields(**changed) | SHOP)
    assert answer.status_code == 200
    return answer


def bought(nodes, *, price: str = "400.00", number: str = "SO-1", at: dt.datetime = factories.NOW):
    return factories.order(
        account=factories.account(channel=factories.channel(organization=nodes["b1"])),
        amount=price, external_id=number, organization=nodes["s1"], sku="A1", at=at,
    )  # fmt: skip


def test_it_reads_as_a_sentence_before_it_has_a_name(client, author, address):
    client.force_login(author)
    told = reads(client, address, name="").context
    assert told["sentence"].startswith("50.00 off from 300.00 on")
    assert told["lacking"] == []
    lacking = reads(client, address, kind="", amount="").context["lacking"]
    assert [each.name for each in lacking] == ["form"]


def test_what_does_not_fit_is_told_with_its_field(client, author, address):
    client.force_login(author)
    told = reads(client, address, threshold_least="-3", currency="E1").context["faults"]
    assert {each.partition(":")[0] for each in told} == {"Currency", "at least"}
    assert sum(each.startswith("at least") for each in told) == 1


def test_what_it_would_exclude_is_told_at_once(client, tree, author, draft, address):
    client.force_login(author)
    put(client, draft, position=2, name="60 off", amount="60", groups="summer")
    assert reads(client, address).context["findings"] == []
    found = reads(client, address, groups="summer").context["findings"]
    assert ["60 off" in row["what"] for row in found] == [True]


def test_it_is_read_on_an_order_of_the_store(client, tree, author, address):
    bought(tree, price="100.00", number="SO-2")
    bought(tree, number="SO-1", at=factories.NOW + dt.timedelta(hours=1))
    client.force_login(author)
    newest = reads(client, address).context["sample"]
    assert (newest["order"].external_id, newest["priced"]["total"]) == ("SO-1", "350.00 CNY")
    assert str(newest["row"]["state"]) == "applied"
    named = client.post(address, fields() | SHOP | {"sample-order": "SO-2"}).context["sample"]
    assert (named["priced"]["total"], str(named["row"]["state"])) == ("100.00 CNY", "nearly")
    assert client.post(address, fields() | SHOP | {"sample-order": "SO-3"}).context["sample"] == {
        "unknown": True
    }


def test_nothing_of_it_stays(client, tree, author, draft, address):
    bought(tree)
    client.force_login(author)
    before = (AccessRecord.objects.count(), list(RuleRevision.objects.values()))
    assert reads(client, address).context["sample"]
    assert not ActivityOffer.objects.exists()
    assert (AccessRecord.objects.count(), list(RuleRevision.objects.values())) == before
    draft.refresh_from_db()
    assert draft.changed_by is None


def test_only_who_writes_it_reads_it(client, tree, author, draft, address):
    other = factories.staff(organization=tree["b2"], role="marketer")
    for user, status in ((other, 404), (factories.staff(organization=tree["b1"], role="analyst"), 403)):
        client.force_login(user)
        assert client.post(address, fields()).status_code == status
    client.force_login(author)
    assert client.get(address).status_code == 405
    offering.activities.put_offer(version=draft, position=1, by=author, now=offering.NOW, **offering.off())
    offering.activities.submit(version=draft, by=author, now=offering.NOW)
    assert client.post(address, fields()).status_code == 404


def test_reading_costs_the_same_whatever_was_bought(
    client, tree, author, address, django_assert_max_num_queries
):
    order = bought(tree)
    for number in range(2, 20):
        order.lines.create(line=number, sku=f"A{number}", quantity=1, unit_price=10, amount=10)
    client.force_login(author)
    with django_assert_max_num_queries(70):
        assert len(reads(client, address).context["sample"]["row"]["steps"]) > 0


def test_a_coupon_reads_as_a_sentence_too(client, tree, author):
    template = vouchers.drafted(organization=tree["b1"], code="TEN")
    client.force_login(author)
    address = reverse("admin:campaigns_coupontemplate_reads", args=[template.pk])
    given = {"name": "Ten", "currency": "CNY", "goods": "all", "execution": "reduce", "kind": "cash", "amount": "10", "every": "once"}  # fmt: skip
    assert "10.00 off" in client.post(address, given).context["sentence"]
    before = template.form
    template.refresh_from_db()
    assert template.form == before
    assert "amount: Say how much" in client.post(address, given | {"amount": ""}).context["faults"][0]
