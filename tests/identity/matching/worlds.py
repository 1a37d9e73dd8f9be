"""Small random worlds, crowded enough that every rule of the partition has something to object to."""

from dataclasses import replace

from hypothesis import strategies as st

from identity.matching.facts import Carried, Facts, Record, collect
from identity.matching.partition import Partition
from identity.matching.policy import DAY, Kind, Policy

POLICY = Policy(
    kinds={
        kind.code: kind
        for kind in (
            Kind("phone", 90, max_accounts=3, max_distinct={"unionid": 1, "name": 2}, validity_days=2 / DAY),
            Kind("unionid", 80, max_accounts=5, max_per_person=1, max_distinct={"name": 1}, agreement=False),
            Kind("email", 70, max_accounts=3, max_per_channel=1),
            Kind("device", 40, max_accounts=5, max_members=1, max_distinct={"phone": 2}),
            Kind("ad_click", 5, links=False),
        )
    },
    one_account_channels=frozenset({"card"}),
    component_bound=4,
)

PHONES = ("+8613800138001", "+8613800138002", "+8613900139003")
carried = st.builds(
    Carried,
    kind=st.sampled_from(["phone", "phone", "unionid", "email", "device", "ad_click"]),
    value=st.sampled_from(PHONES),
    namespace=st.sampled_from(["", "", "", "other"]),
    role=st.sampled_from(["holder", "holder", "holder", "buyer", "contact", "receiver"]),
    order=st.sampled_from(["o1", "o2", "o3"]),
    act=st.sampled_from(["", "", "bind", "join"]),
)
record = st.builds(
    Record,
    channel=st.sampled_from(["mall", "card"]),
    external_id=st.sampled_from("abcde"),
    at=st.integers(0, 6),
    carries=st.lists(carried, max_size=4).map(tuple),
    named=st.sampled_from([True, True, False]),
    name=st.sampled_from([None, None, "王小明", "李佳", "李加", "王**", "王女士", "Li Jia"]),
    birth_date=st.sampled_from([None, None, "1984-05-06", "1991-02-03"]),
    phone_masked=st.sampled_from([None, None, "138****8001", "139****9003"]),
)
records = st.lists(record, min_size=3, max_size=16)
keys = st.tuples(st.sampled_from(["mall", "card"]), st.sampled_from("abcde"))
verdict = st.tuples(
    st.sampled_from(["v1", "v2", "v3", "v4", "v5"]),
    st.booleans(),
    st.lists(keys, min_size=1, max_size=2).map(frozenset),
    st.lists(keys, min_size=1, max_size=2).map(frozenset),
    st.integers(0, 3),
    st.sampled_from([False, False, True]),
)
verdicts = st.lists(verdict, max_size=3, unique_by=lambda each: each[0])
identifier_keys = st.tuples(
    st.sampled_from(["phone", "unionid", "device"]), st.just(""), st.sampled_from(PHONES)
)
barred = st.dictionaries(identifier_keys, st.just("blocked"), max_size=1)
cleared = st.lists(identifier_keys, max_size=1)


@st.composite
def facts(draw) -> Facts:
    return collect(draw(records), barred=draw(barred), cleared=draw(cleared), verdicts=draw(verdicts))


def told(facts: Facts, found: Partition) -> dict:
    """A partition by natural keys, so that two of differently numbered facts can be compared."""
    account, identifier = facts.accounts.key, facts.identifiers.key
    return {
        "people": {(account(block[0]), frozenset(map(account, block))) for block in _anchored(found)},
        "shared": {identifier(place): why for place, why in found.shared.items()},
        "refused": {
            (
                account(each.left),
                account(each.right),
                each.why,
                each.detail,
                tuple(map(identifier, each.identifiers)),
            )
            for each in found.refused
        },
        "contradicted": sorted(found.contradicted),
    }


def _anchored(found: Partition):
    for block in found.blocks():
        anchor = int(found.anchor[block[0]])
        yield [anchor, *(account for account in block if account != anchor)]


def adjusted(policy: Policy, **kinds: dict) -> Policy:
    """The policy with some kinds changed: adjusted(POLICY, phone={"max_accounts": 2})."""
    changed = {code: replace(policy.kinds[code], **fields) for code, fields in kinds.items()}
    return replace(policy, kinds=policy.kinds | changed)
