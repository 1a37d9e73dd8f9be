"""Trials of rules in tests: a world to try them on, and everything that a trial must leave as it was."""

from identity.actions import oneid, trials
from identity.models import Identifier, IdentifierKind, Trial
from members.models import Account, Channel, Member
from tests.identity.oneids import DAY, NOW, account, resolve

PHONE = "phone:+8613800138001"


def nothing_to_rebuild() -> bool:
    return not oneid.rebuild(now=NOW, dry_run=True)


def state() -> tuple:
    """Who everybody is, and by which rules."""
    kinds = IdentifierKind.objects.order_by("code").values()
    channels = Channel.objects.order_by("code").values("code", "one_account_a_person", "named")
    whose = dict(Account.objects.values_list("pk", "member"))
    active = set(Member.objects.active().values_list("pk", flat=True))
    flags = dict(Identifier.objects.values_list("pk", "shared"))
    return list(kinds), list(channels), whose, active, flags


def family(mall, size=4):
    """So many accounts on one phone, and two on one e-mail."""
    everyone = [account(mall, f"a{n}", PHONE, at=NOW + DAY * n) for n in range(size)]
    pair = [account(mall, each, "email:x@y.z", at=NOW) for each in ("e", "f")]
    resolve(*everyone, *pair)
    return everyone


def one_each(mall) -> dict:
    """A person has one account there."""
    return {mall.code: {"one_account_a_person": True}}


def tried(steward=None, **changes) -> Trial:
    made = trials.draft(name="Fewer on a phone", by=steward, now=NOW, **changes)
    return trials.compute(trial=made, now=NOW)
