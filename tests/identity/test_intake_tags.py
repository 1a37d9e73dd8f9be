"""The tags that a channel sends with an account: kept as a fact, with the record that says so, until it says otherwise."""

import pytest

from identity.actions import intake
from identity.files import shaping
from identity.models import IntakeRecord
from members.models import Account, LabelStatement
from members.queries import labels, personal
from tags.actions import compute
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, account
from tests.tags.test_compute import held

pytestmark = pytest.mark.django_db


@pytest.fixture
def youzan(nodes):
    factories.channel(organization=nodes["g"], code="youzan", kind="youzan", source_class="self_operated")
    return nodes


def called(key="u1") -> list[str]:
    member = Account.everything.get(external_id=key).member
    return labels.words(member=member, source="youzan", as_of=NOW)


@pytest.mark.requirement("IDN-039")
def test_a_youzan_tag_becomes_a_fact_tag_with_its_source(youzan):
    spends = {"label": {"source": "youzan", "name": ["高消费"]}}
    tag = factories.tag(organization=youzan["g"], code="big_spender", source="fact", values=[("yes", spends)])
    company.accept(
        account("u1", channel="youzan", on=1, tags=["高消费", "常客"]),
        account("u2", channel="youzan", tags=["常客"]),
    )
    compute.compute(now=NOW)
    his = Account.objects.get(external_id="u1")
    assert held() == {(his.member_id, "big_spender", "yes")}
    statement = LabelStatement.objects.get(account=his)
    assert (statement.source, statement.labels) == ("youzan", ["常客", "高消费"])
    assert statement.record == IntakeRecord.objects.get(key="u1").digest
    assert tag.source == "fact"
    company.accept(account("u1", channel="youzan", on=2, tags=["常客"]))
    compute.compute(now=NOW)
    assert held() == set()


def test_the_latest_list_counts_whatever_order_the_records_come_in(youzan):
    company.accept(account("u1", channel="youzan", on=3, tags=["c"]))
    company.accept(
        account("u1", channel="youzan", on=1, tags=["a", "b"]), account("u1", channel="youzan", on=4)
    )
    assert called() == ["c"]
    company.accept(account("u1", channel="youzan", on=5, tags=[]))
    assert called() == []


@pytest.mark.parametrize(
    ("given", "kept", "code"),
    [
        ("高消费、常客, gift", ["gift", "常客", "高消费"], None),
        ([" vip ", "vip", ""], ["vip"], None),
        (["vip", {"name": "x"}], ["vip"], "text.malformed"),
        (["vip", "x" * 101], ["vip"], "text.long"),
        ({"vip": True}, None, "tags.malformed"),
        ([f"t{n:03}" for n in range(501)], [f"t{n:03}" for n in range(500)], "tags.many"),
    ],
)
def test_what_is_no_list_of_words_is_left_out_and_named(youzan, given, kept, code):
    (verdict,) = company.accept(account("u1", channel="youzan", tags=given))
    assert verdict.verdict == "accepted"
    assert [problem.code for problem in verdict.problems] == ([code] if code else [])
    assert [each.labels for each in LabelStatement.objects.all()] == ([kept] if kept is not None else [])


def test_an_undone_import_takes_its_tags_back(youzan):
    company.accept(account("u1", channel="youzan", on=1, tags=["old"]))
    run = company.brought(
        account("u1", channel="youzan", on=2, tags=["new"]), account("u2", channel="youzan", tags=["x"])
    )
    assert (called(), called("u2")) == (["new"], ["x"])
    company.take_back(run)
    assert (called(), called("u2")) == (["old"], [])
    assert LabelStatement.objects.count() == 1


def test_an_erased_person_has_them_in_his_copy_and_then_nowhere(youzan):
    company.accept(account("u1", channel="youzan", tags=["高消费"]))
    member = Account.objects.get().member
    (row,) = personal.sections(personal.person(member=member))["labels"]
    assert (row["source"], row["labels"]) == ("youzan", ["高消费"])
    company.erase(member)
    assert not LabelStatement.objects.exists()


def test_a_file_has_them_in_one_cell(youzan):
    shape = shaping.Shape(
        columns={"id": "external_id", "标签": "tags"}, constants={"type": "account", "channel": "youzan"}
    )
    shape.bind(["id", "标签"])
    raw = shape({"id": "u1", "标签": "高消费;常客"}) | {"occurred_at": company.day(0)}
    intake.accept(records=[raw], source="file", now=NOW)
    assert called() == ["常客", "高消费"]
