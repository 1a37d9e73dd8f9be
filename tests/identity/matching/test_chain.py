from dataclasses import replace

from identity.matching import chain
from identity.matching.facts import Carried, Record, collect
from identity.matching.partition import partition
from identity.matching.policy import DAY, default

POLICY = default()


def told(records, left, right, **more):
    """The chain as [(left, kind or verdict, right)], None for two people."""
    facts = collect(records, **more)
    place = {external_id: n for n, external_id in enumerate(facts.accounts.external_id)}
    steps = chain.between(facts, POLICY, partition(facts, POLICY), place[left], place[right])
    names = facts.accounts.external_id
    return steps and [
        (names[s.left], s.verdict or facts.identifiers.kind[s.identifier], names[s.right]) for s in steps
    ]


A = Record("mall", "a", 1, (Carried("phone", "+8613800138000"), Carried("device", "d")))
B = Record("mall", "b", 2, (Carried("email", "b@x.com"), Carried("device", "d")))
C = Record("mall", "c", 3, (Carried("email", "b@x.com"), Carried("openid", "o1", "app")))


def test_the_chain_names_each_shared_identifier():
    assert told([A, B, C], "a", "c") == [("a", "device", "b"), ("b", "email", "c")]
    assert told([C, B, A], "c", "a") == [("c", "email", "b"), ("b", "device", "a")]


def test_the_shortest_chain_is_told():
    shortcut = Record("mall", "c", 3, (Carried("phone", "+8613800138000"),))
    assert told([A, B, C, shortcut], "a", "c") == [("a", "phone", "c")]


def test_two_people_have_no_chain():
    assert told([A, C], "a", "c") is None


def test_a_verdict_is_a_link_of_the_chain():
    same = ("v1", True, [("mall", "a")], [("mall", "c")], 1)
    assert told([A, C], "a", "c", verdicts=[same]) == [("a", "v1", "c")]


def test_an_account_with_itself():
    assert told([A], "a", "a") == []


def test_a_chain_does_not_step_over_an_expired_identifier():
    """a and c carry the telephone too far apart; b, in between, saw both."""
    policy = replace(
        POLICY, kinds=POLICY.kinds | {"phone": replace(POLICY.kinds["phone"], validity_days=5 / DAY)}
    )
    carried = (Carried("phone", "+8613800138000"),)
    facts = collect([Record("mall", each, at, carried) for each, at in (("a", 1), ("b", 5), ("c", 9))])
    steps = chain.between(facts, policy, partition(facts, policy), 0, 2)
    assert [(step.left, step.right) for step in steps] == [(0, 1), (1, 2)]


def test_a_step_says_whether_the_customer_made_it():
    bound = Record(
        "mall", "b", 2, (Carried("phone", "+8613800138000", act="bind"), Carried("email", "b@x.com"))
    )
    facts = collect([A, bound, C])
    steps = chain.between(facts, POLICY, partition(facts, POLICY), 0, 2)
    assert [(facts.identifiers.kind[step.identifier], step.acted) for step in steps] == [
        ("phone", True),
        ("email", False),
    ]
