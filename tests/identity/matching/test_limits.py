"""Where the links of an identifier end: shared values, expired ones. One example a limit: each fails without it."""

import pytest

from identity.matching.facts import Carried
from identity.matching.policy import DAY
from tests.identity.matching.telling import POLICY, key, people, phone, record, report
from tests.identity.matching.worlds import adjusted

pytestmark = pytest.mark.usefixtures("either_way")


def test_1_an_identifier_links_all_its_carriers_not_only_through_the_first():
    apart = ("v", False, [key("a")], [key("b")], 5)
    carried = [record(each, phone(), at=at) for at, each in enumerate("abc")]
    assert people(*carried, verdicts=[apart]) == [["a", "c"], ["b"]]
    apart = [("v", False, [key("a")], [key("b"), key("c")], 5)]
    assert people(*carried, verdicts=apart) == [["a"], ["b", "c"]]


@pytest.mark.requirement("IDN-057")
def test_1_a_phone_on_500_accounts_is_shared_and_links_nobody():
    crowd = [record(f"a{n}", phone()) for n in range(500)]
    found = report(*crowd, record("x", phone("+8613900139000")), record("y", phone("+8613900139000")))
    assert len(found["people"]) == 501
    assert found["shared"] == {("phone", "", "+8613800138000"): "accounts"}


def test_1_carriers_with_too_many_unionids_make_a_phone_shared():
    crowd = [record(each, phone(), Carried("unionid", each, "wx")) for each in "abc"]
    assert people(*crowd) == [["a"], ["b"], ["c"]]
    assert report(*crowd)["shared"] == {("phone", "", "+8613800138000"): "distinct"}


def test_1_carriers_with_too_many_names_make_a_phone_shared():
    clerk = [record(str(n), phone(), name=name) for n, name in enumerate(["王小明", "李佳", "赵大海"])]
    assert report(*clerk, record("unnamed", phone()))["shared"] == {
        ("phone", "", "+8613800138000"): "distinct"
    }


@pytest.mark.parametrize("kind", ["unionid", "openid", "ouid"])
def test_1_a_login_whose_carriers_show_too_many_names_is_a_test_id(kind):
    """A shop that binds customer after customer to its own login, even if they are fewer than a crowd."""
    login = Carried(kind, "test", "wx")
    bound = [record(str(n), login, name=name) for n, name in enumerate(["王小明", "李佳", "赵大海"])]
    assert report(*bound, record("unnamed", login))["shared"] == {(kind, "wx", "test"): "distinct"}
    renamed = [
        record("0", login, name="王小明"),
        record("1", login, name="王晓明"),
        record("2", login, name="王太太"),
    ]
    assert people(*renamed) == [["0", "1", "2"]]


def test_1_people_are_counted_as_stronger_kinds_built_them():
    device = Carried("device", "d1")
    pairs = [
        record(f"{person}{n}", device, phone(f"+861390000000{person}"), at=person)
        for person in range(3)
        for n in range(2)
    ]
    policy = adjusted(POLICY, device={"max_distinct": {}})
    assert report(*pairs, policy=policy)["shared"] == {("device", "", "d1"): "members"}
    assert people(*pairs, policy=policy) == [["00", "01"], ["10", "11"], ["20", "21"]]
    two = [each for each in pairs if each.at < 2]
    assert people(*two, policy=policy) == [["00", "01", "10", "11"]]


def test_1_anonymous_browsers_are_not_counted_as_people():
    device = Carried("device", "d1")
    browsers = [record(f"c{n}", device, channel="web", named=False) for n in range(5)]
    assert people(record("a", device), *browsers) == [["a", "c0", "c1", "c2", "c3", "c4"]]


def test_1_a_cleared_identifier_links_beyond_its_limits():
    crowd = [record(f"a{n:02}", phone()) for n in range(20)]
    assert len(people(*crowd)) == 20
    assert len(people(*crowd, cleared=[("phone", "", "+8613800138000")])) == 1


def test_1_blocked_values_link_nobody():
    assert people(
        record("a", phone()), record("b", phone()), barred={("phone", "", "+8613800138000"): "blocked"}
    ) == [
        ["a"],
        ["b"],
    ]


EXPIRING = adjusted(POLICY, phone={"validity_days": 5 / DAY})


def seen(external_id, *times):
    return [record(external_id, phone(), at=at) for at in times]


def test_a_recycled_telephone_does_not_link_its_holders():
    assert people(*seen("old", 1, 3), *seen("new", 9), policy=EXPIRING) == [["new"], ["old"]]
    assert people(*seen("old", 1, 3), *seen("new", 8), policy=EXPIRING) == [["new", "old"]]
    assert people(*seen("old", 1, 3), *seen("new", 9)) == [["new", "old"]]


def test_a_telephone_that_went_on_being_seen_has_not_expired():
    assert people(*seen("old", 1, 3, 6), *seen("new", 9), policy=EXPIRING) == [["new", "old"]]
    assert people(*seen("a", 1), *seen("b", 5), *seen("c", 9), policy=EXPIRING) == [["a", "b", "c"]]


def test_an_expired_link_is_neither_refused_nor_told():
    found = report(*seen("old", 1), *seen("new", 9), policy=EXPIRING)
    assert (found["refused"], found["shared"]) == (set(), {})


def test_more_accounts_of_one_channel_than_a_kind_allows_make_it_shared():
    policy = adjusted(POLICY, phone={"max_per_channel": 2})
    couple = [record(each, phone()) for each in "ab"]
    assert people(*couple, record("x", phone(), channel="tmall"), policy=policy) == [["a", "b", "x"]]
    found = report(*couple, record("c", phone()), policy=policy)
    assert found["shared"] == {("phone", "", "+8613800138000"): "distinct"}


def test_1_three_names_make_a_telephone_shared_even_under_one_birthday():
    """No two of them contradict each other, for a name may change; three under one telephone are a counter's."""
    names = ("王小明", "李佳", "赵铁柱")
    told = [
        record(each, phone(), name=name, birth_date="1984-05-06")
        for each, name in zip("abc", names, strict=True)
    ]
    assert people(*told[:2]) == [["a", "b"]]
    assert people(*told) == [["a"], ["b"], ["c"]]
