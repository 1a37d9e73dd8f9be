"""Records and what becomes of them, in few words."""

from identity.matching.facts import Carried, Record, collect
from identity.matching.partition import partition
from identity.matching.policy import default
from tests.identity.matching.worlds import told

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
