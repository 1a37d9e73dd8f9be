"""One example a rule: each fails without it."""

import pytest

from identity.matching.facts import Carried, collect
from identity.matching.policy import default
from tests.identity.matching.telling import POLICY, key, people, phone, record, report
from tests.identity.matching.worlds import adjusted

pytestmark = pytest.mark.usefixtures("either_way")


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


@pytest.mark.parametrize("why", ["names", "accounts", "verdict"])
def test_2_a_shared_unionid_is_nobodys_one_unionid(why):
    """A shop's own login, bound for customer after customer: he who has it there and his own elsewhere is one person."""
    test_id, key_of_it = Carried("unionid", "test", "wx"), ("unionid", "wx", "test")
    names = ["李佳", "赵大海", "钱多多"] if why == "names" else ["王小明"]
    others = [
        record(f"x{n}", test_id, name=name) for n, name in enumerate(names * (13 if why == "accounts" else 1))
    ]
    first = record("a", phone(), test_id, name="王小明")
    second = record("b", phone(), Carried("unionid", "u2", "wx"), name="王小明")
    assert ["a", "b"] not in people(first, second)
    barred = {key_of_it: "verdict"} if why == "verdict" else {}
    assert ["a", "b"] in people(first, second, *others, barred=barred)


def test_2_a_login_that_too_many_people_share_is_nobodys_one_login():
    """Known once the closer kinds have built these people: from its own level on it keeps nobody apart."""
    policy = adjusted(POLICY, openid={"max_members": 2, "max_per_person": 1, "max_distinct": {}})
    shop = Carried("openid", "shop", "wx")
    many = [record(f"x{n}", shop) for n in range(3)]
    first = record("a", shop, Carried("device", "d1"))
    second = record("b", Carried("openid", "own", "wx"), Carried("device", "d1"))
    assert ["a", "b"] not in people(first, second, policy=policy)
    assert ["a", "b"] in people(first, second, *many, policy=policy)


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
