"""One example a rule: each fails without it."""

import pytest

from identity.matching.facts import Carried, Record, collect
from identity.matching.partition import partition
from identity.matching.policy import DAY, default
from tests.identity.matching.worlds import adjusted, told

POLICY = default()


def phone(value="+8613800138000", **more):
    return Carried("phone", value, **more)


def record(external_id, *carries, at=1, channel="mall", **more):
    return Record(channel, external_id, at, carries, **more)


def people(*records, policy=POLICY, **more):
    """The blocks as sorted lists of external ids."""
    facts = collect(records, **more)
    blocks = told(facts, partition(facts, policy))["people"]
    return sorted(sorted(external_id for _, external_id in block) for _, block in blocks)


def report(*records, policy=POLICY, **more):
    facts = collect(records, **more)
    return told(facts, partition(facts, policy))


def key(external_id, channel="mall"):
    return (channel, external_id)


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


def test_2_a_stronger_identifier_goes_first_even_when_it_came_last():
    """One card account a person: a belongs to b by phone (late) and to c by e-mail (early); phone wins."""
    world = [
        record("b", phone(), channel="card", at=9),
        record("c", Carried("email", "a@x.com"), channel="card", at=1),
        record("a", phone(), at=9),
        record("a", Carried("email", "a@x.com"), at=1),
    ]
    policy = default(one_account_channels=frozenset({"card"}))
    assert people(*world, policy=policy) == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("at_b", "at_c", "expected"), [(3, 4, [["a", "b"], ["c"]]), (4, 3, [["a", "c"], ["b"]])]
)
def test_2_among_equals_the_time_of_the_second_binding_decides(at_b, at_c, expected):
    world = [
        record("a", phone("+8613800138001"), phone("+8613800138002"), at=1),
        record("b", phone("+8613800138001"), channel="card", at=at_b),
        record("c", phone("+8613800138002"), channel="card", at=at_c),
    ]
    assert people(*world, policy=default(one_account_channels=frozenset({"card"}))) == expected


def test_2_at_the_same_time_the_natural_key_decides():
    world = [
        record("a", phone("+8613800138001"), phone("+8613800138002"), at=1),
        record("b", phone("+8613800138002"), channel="card", at=3),
        record("c", phone("+8613800138001"), channel="card", at=3),
    ]
    assert people(*world, policy=default(one_account_channels=frozenset({"card"}))) == [["a", "c"], ["b"]]


def test_2_one_account_a_person_is_kept_and_the_refusal_told():
    policy = default(one_account_channels=frozenset({"mall"}))
    found = report(record("a", phone()), record("b", phone()), policy=policy)
    assert found["refused"] == {
        (key("a"), key("b"), "one_account", "mall", (("phone", "", "+8613800138000"),))
    }


def test_2_two_named_people_behind_one_phone_are_not_one_person():
    he = record("a", phone(), name="王小明", birth_date="1984-05-06")
    she = record("b", phone(), name="李佳", birth_date="1991-02-03")
    assert people(he, she) == [["a"], ["b"]]
    assert {refused[2] for refused in report(he, she)["refused"]} == {"profile"}
    assert people(he, record("b", phone(), name="王小明", birth_date="1991-02-03")) == [["a", "b"]]
    assert people(he, record("b", phone())) == [["a", "b"]]


def test_2_a_person_has_one_unionid_of_one_platform():
    first = record("a", phone(), Carried("unionid", "u1", "wx"))
    second = record("b", phone(), Carried("unionid", "u2", "wx"))
    assert people(first, second) == [["a"], ["b"]]
    elsewhere = record("b", phone(), Carried("unionid", "u2", "wx-of-another-subject"))
    assert people(first, elsewhere) == [["a", "b"]]


def test_2_a_receivers_phone_is_not_the_buyers():
    gift = record("a", phone(role="receiver", order="o1"), phone(role="receiver", order="o2"))
    assert people(gift, record("b", phone())) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("buyer", "linked"),
    [
        ([record("a", phone(role="contact", order="o1"))], False),
        (
            [record("a", phone(role="contact", order="o1")), record("a", phone(role="contact", order="o2"))],
            True,
        ),
        ([record("a", phone(role="contact", order="o1"), phone_masked="138****8000")], True),
        ([record("a", phone(role="contact", order="o1"), name="王小明")], True),
        ([record("a", phone(role="contact", order="o1"), name="王**")], True),
        ([record("a", phone(role="contact", order="o1"), name="李佳")], False),
        (
            [
                record("a", phone(role="contact", order="o1"), phone_masked="139****9000"),
                record("a", phone(role="contact", order="o2")),
            ],
            False,
        ),
        ([record("a", phone(role="buyer", order="o1"))], True),
    ],
)
def test_2_a_contacts_phone_links_only_when_corroborated(buyer, linked):
    assert (people(*buyer, record("b", phone(), name="王小明")) == [["a", "b"]]) is linked


def test_3_the_newest_verdict_rules_and_the_older_counts_again_when_it_is_withdrawn():
    accounts = [record("a"), record("b")]
    same = ("same", True, [key("a")], [key("b")], 1)
    apart = ("apart", False, [key("a")], [key("b")], 2)
    assert people(*accounts, verdicts=[same]) == [["a", "b"]]
    assert people(*accounts, verdicts=[same, apart]) == [["a"], ["b"]]
    assert report(*accounts, verdicts=[same, apart])["contradicted"] == ["same"]
    newer = ("newer", True, [key("a")], [key("b")], 3)
    assert people(*accounts, verdicts=[same, apart, newer]) == [["a", "b"]]


def test_3_not_same_means_every_cross_pair():
    linked = [record(each, phone()) for each in "abcd"]
    apart = ("v", False, [key("a"), key("b")], [key("c"), key("d")], 1)
    assert people(*linked, verdicts=[apart]) == [["a", "b"], ["c", "d"]]


def test_3_same_overrules_limits_channel_rules_and_profiles():
    he = record("a", name="王小明", birth_date="1984-05-06")
    she = record("b", name="李佳", birth_date="1991-02-03")
    same = ("v", True, [key("a")], [key("b")], 1)
    assert people(he, she, verdicts=[same], policy=default(one_account_channels=frozenset({"mall"}))) == [
        ["a", "b"]
    ]


def test_4_a_models_same_obeys_every_rule_and_a_stewards_verdict():
    accounts = [record("a"), record("b")]
    scored = ("m", True, [key("a")], [key("b")], 9, True)
    apart = ("v", False, [key("a")], [key("b")], 1)
    assert people(*accounts, verdicts=[scored]) == [["a", "b"]]
    assert people(*accounts, verdicts=[scored, apart]) == [["a"], ["b"]]
    assert people(*accounts, verdicts=[scored], policy=default(one_account_channels=frozenset({"mall"}))) == [
        ["a"],
        ["b"],
    ]


def test_5_a_component_over_the_bound_drops_its_weakest_kind():
    world = [
        record("a", phone(), Carried("email", "x@x.com")),
        record("b", phone()),
        record("c", Carried("email", "x@x.com"), phone("+8613900139000")),
        record("d", phone("+8613900139000")),
    ]
    assert people(*world) == [["a", "b", "c", "d"]]
    assert people(*world, policy=default(component_bound=3)) == [["a", "b"], ["c", "d"]]
    assert report(*world, policy=default(component_bound=3))["shared"] == {
        ("email", "", "x@x.com"): "component"
    }


def test_6_the_anchor_is_a_named_account_then_the_first():
    cookie = record("cookie", phone(), channel="web", at=1, named=False)
    found = report(cookie, record("late", phone(), at=5), record("early", phone(), at=3))
    assert {anchor for anchor, _ in found["people"]} == {key("early")}


def test_7_records_of_an_account_merge_whatever_their_order():
    older = record("a", phone(), at=1, name="王小明")
    newer = record("a", phone(), at=2, name="王晓明")
    for order in ([older, newer], [newer, older], [older, newer, older]):
        facts = collect(order)
        assert (facts.accounts.name[0], facts.accounts.first_at[0], facts.bindings.first_at[0]) == (
            "王晓明",
            1,
            1,
        )


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


@pytest.mark.requirement("IDN-081")
@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (("", ""), [["a", "b"], ["c"]]),
        (("", "bind"), [["a", "c"], ["b"]]),
        (("bind", "bind"), [["a", "b"], ["c"]]),
    ],
)
def test_among_equals_what_the_customer_did_goes_before_what_was_seen_earlier(acts, expected):
    """One card a person: a fits b (seen first) and c; two telephones, so that no link hangs on the other."""
    world = [
        record("a", phone("+8613800138001"), phone("+8613800138002"), at=1),
        record("b", phone("+8613800138001", act=acts[0]), channel="card", at=3),
        record("c", phone("+8613800138002", act=acts[1]), channel="card", at=4),
    ]
    assert people(*world, policy=default(one_account_channels=frozenset({"card"}))) == expected


@pytest.mark.requirement("IDN-081")
def test_an_act_never_goes_before_a_closer_kind():
    world = [
        record("a", phone(), Carried("email", "a@x.com", act="bind"), at=1),
        record("b", phone(), channel="card", at=9),
        record("c", Carried("email", "a@x.com", act="bind"), channel="card", at=2),
    ]
    assert people(*world, policy=default(one_account_channels=frozenset({"card"}))) == [["a", "b"], ["c"]]


def test_6_among_accounts_first_seen_together_the_natural_key_gives_the_oneid():
    found = report(record("b", phone()), record("a", phone()), record("c", phone()))
    assert {anchor for anchor, _ in found["people"]} == {key("a")}


def test_7_an_identifier_is_carried_since_its_earliest_and_until_its_latest_record():
    for order in ([1, 4, 2], [4, 2, 1]):
        bindings = collect([record("a", phone(), at=at) for at in order]).bindings
        assert (bindings.first_at, bindings.last_at) == ([1], [4])


def test_a_value_in_another_namespace_is_another_identifier():
    assert people(record("a", phone(namespace="x")), record("b", phone(namespace="y"))) == [["a"], ["b"]]


def test_a_kind_that_may_not_link_links_nobody():
    click = Carried("ad_click", "gclid-1")
    assert people(record("a", click), record("b", click)) == [["a"], ["b"]]
    assert people(record("a", Carried("unheard", "1")), record("b", Carried("unheard", "1"))) == [
        ["a"],
        ["b"],
    ]


@pytest.mark.requirement("IDN-087")
def test_ids_of_different_ecosystems_stay_apart_without_a_common_key():
    tmall = record("tb-1", Carried("ouid", "tb-1", "shop-1"), channel="tmall", name="王小明")
    wechat = record("o6_1", Carried("unionid", "u1", "wx"), channel="mini", name="王小明")
    assert people(tmall, wechat) == [["o6_1"], ["tb-1"]]
