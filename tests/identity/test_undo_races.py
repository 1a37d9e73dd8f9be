"""Verdicts and arrivals at the same moment, on connections of their own: whoever commits last sees both."""

import threading

import pytest

from identity.actions import oneid, trials, verdicts
from identity.models import Verdict
from members.models import Account, Member
from tests.connections import PATIENCE, at_once
from tests.identity import company, oneids
from tests.identity.oneids import DAY, NOW, account, people

pytestmark = pytest.mark.django_db(transaction=True)


def consistent() -> bool:
    active = set(Member.objects.active().values_list("pk", flat=True))
    held = set(Account.objects.values_list("member", flat=True))
    return active == held and not oneid.rebuild(now=NOW, dry_run=True)


def test_two_merges_of_the_same_people_at_once():
    """No identifier is there that could be locked."""
    mall = oneids.house(mall={})["mall"]
    a, b, c, d = (account(mall, each, at=NOW + DAY * n) for n, each in enumerate("abcd"))
    pairs = [(a, b), (b, c), (a, b), (d, c), (d, a)]
    found = at_once(
        *(
            lambda one=one, other=other: verdicts.same(left=[one.pk], right=[other.pk], by=None, now=NOW)
            for one, other in pairs
        )
    )
    assert all(isinstance(each, Verdict) for each in found), found
    assert people() == [["a", "b", "c", "d"]]
    assert consistent()


def test_of_two_opposite_verdicts_at_once_one_is_refused_with_the_other():
    mall = oneids.house(mall={})["mall"]
    a, b = account(mall, "a"), account(mall, "b")
    sides = {"left": [a.pk], "right": [b.pk], "by": None}
    found = at_once(lambda: verdicts.same(**sides, now=NOW), lambda: verdicts.not_same(**sides, now=NOW))
    (said,) = (each for each in found if isinstance(each, Verdict))
    (refused,) = (each for each in found if isinstance(each, verdicts.Contradicts))
    assert refused.chain == [said]
    assert list(Verdict.objects.all()) == [said]
    assert consistent()


def test_a_verdict_waits_for_a_batch_that_moves_the_same_account():
    """The batch gives b a telephone of c, who is older; the verdict joins b with a. Nobody is forgotten."""
    company.build()
    company.accept(company.account("c", phone="+8613900139000"))
    company.accept(company.account("a", on=1), company.account("b", channel="mall", on=2))
    a, b = (Account.objects.get(external_id=each) for each in "ab")
    written, go_on = threading.Event(), threading.Event()

    def batch():
        def pause(_verdicts):
            written.set()
            assert go_on.wait(timeout=PATIENCE)

        company.accept(company.account("b", channel="mall", on=3, phone="+8613900139000"), also=pause)

    def verdict():
        assert written.wait(timeout=PATIENCE)
        threading.Timer(0.5, go_on.set).start()
        verdicts.same(left=[a.pk], right=[b.pk], by=None, now=company.NOW)

    assert at_once(batch, verdict) == [None, None]
    assert people() == [["a", "b", "c"]]
    assert consistent()


@pytest.mark.parametrize("kind", ["not_same", "withdraw", "not_his", "publish"])
def test_undoing_while_batches_run(kind):
    company.build()
    phone = "+8613900139000"
    company.accept(company.account("a", phone=phone), company.account("b", channel="mall", phone=phone, on=1))
    a, b = Account.objects.order_by("external_id")
    said = verdicts.same(left=[a.pk], right=[b.pk], by=None, now=company.NOW) if kind == "withdraw" else None

    def undoing():
        if kind == "withdraw":
            verdicts.withdraw(verdict=said, by=None, now=company.NOW)
        elif kind == "not_same":
            verdicts.not_same(left=[a.pk], right=[b.pk], by=None, now=company.NOW)
        elif kind == "not_his":
            held = b.bindings.get()
            verdicts.not_his(identifier=held.identifier, accounts=[b.pk], by=None, now=company.NOW)
        else:
            trial = trials.draft(name="t", kinds={"phone": {"max_accounts": 2}}, by=None, now=company.NOW)
            trials.compute(trial=trial, now=company.NOW)
            trials.publish(trial=trial, by=None, now=company.NOW)

    def arrivals(channel):
        for number in range(4):
            company.accept(company.account(f"{channel}{number}", channel=channel, phone=phone, on=5 + number))
            company.accept(company.account("a", on=20 + number, phone=phone, profile={"city": channel}))

    found = at_once(undoing, lambda: arrivals("pos"), lambda: arrivals("pos2"))
    assert found == [None, None, None]
    assert consistent()
    together = {a.pk, b.pk} <= set(Account.objects.filter(member=Account.objects.get(pk=a.pk).member_id)
                                   .values_list("pk", flat=True))  # fmt: skip
    assert together == (kind == "withdraw")
