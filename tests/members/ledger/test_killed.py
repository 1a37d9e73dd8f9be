"""Each verb killed before each of its statements: the ledger adds up, and the same key finishes the work, once."""

import itertools
from decimal import Decimal

import pytest

from members.actions import adjustments, conversions, holds, points
from members.models import Adjustment, Conversion, Entry, Event, Hold, Lot, LotUse, Posting, Wallet
from members.queries import proofs
from tests import factories
from tests.killing import killed_before
from tests.members.ledger.purses import DAY, NOW, accounts, book, earn, merge, spend

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + 40 * DAY
MOST = 60  # statements; no verb comes near


class Scene:
    """Two accounts of one person with lots of a month, a third account of another, and two books."""

    def __init__(self) -> None:
        group = factories.organization()
        policy = {"expiry": "months_after", "expiry_months": 1}
        self.points = book(organization=group, worth=Decimal("0.01"), adjust_limit=50, **policy)
        self.stars = book(organization=group, code="stars", worth=Decimal("0.03"))
        self.one, self.other, self.friend = accounts(3, organization=group)
        self.by, self.second = factories.staff(), factories.staff()
        self.earned = earn(self.one, self.points, 200)
        earn(self.other, self.points, 40)
        merge(self.one, self.other)
        self.spent = Posting.objects.get(pk=spend(self.one, self.points, 30).posting)
        self.hold("held")
        self.waiting = self.adjust(-60)

    def hold(self, key):
        parts = [holds.Part(self.points, 60)]
        return holds.place(account=self.other, parts=parts, key=key, until=NOW + DAY, now=NOW)

    def adjust(self, amount):
        return adjustments.ask(
            account=self.one, book=self.points, amount=amount, reason="counted again", by=self.by, key="k", now=NOW
        )  # fmt: skip

    def agree(self):
        return adjustments.agree(adjustment=self.waiting, by=self.second, now=NOW)

    def refuse(self):
        return adjustments.refuse(adjustment=self.waiting, by=self.second, now=NOW)


WORK = {
    "earn": lambda s: points.earn(account=s.friend, book=s.points, amount=7, key="k", now=NOW),
    "spend": lambda s: points.spend(account=s.one, book=s.points, amount=45, key="k", now=NOW),
    "reverse a spending": lambda s: points.reverse(posting=s.spent, key="k", now=NOW),
    "reverse an earning": lambda s: points.reverse(
        posting=Posting.objects.get(pk=s.earned.posting), key="k", now=NOW
    ),
    "give": lambda s: points.give(account=s.one, to=s.friend, book=s.points, amount=45, key="k", now=NOW),
    "hold": lambda s: s.hold("k"),
    "commit": lambda s: holds.commit(key="held", amounts={"points": 25}, now=NOW),
    "cancel": lambda s: holds.cancel(key="held", now=NOW),
    "lapse": lambda s: holds.lapse(now=NOW + 2 * DAY),
    "convert": lambda s: conversions.convert(
        account=s.one, book=s.points, into=s.stars, amount=10, key="k", now=NOW
    ),
    "unite": lambda s: conversions.unite(member=s.one.minted, into=s.stars, key="k", now=NOW),
    "adjust": lambda s: s.adjust(-5),
    "ask for an adjustment": lambda s: s.adjust(-70),
    "agree to an adjustment": lambda s: s.agree(),
    "refuse an adjustment": lambda s: s.refuse(),
    "expire": lambda s: points.expire(now=LATER, batch=1),
}
ROWS = (Wallet, Lot, Hold, Adjustment, Posting, Entry, LotUse, Conversion, Event)


def standing() -> list:
    return [list(model.objects.order_by("pk").values_list()) for model in ROWS]


@pytest.mark.parametrize("verb", WORK)
def test_killed_between_any_two_statements_it_is_done_once_or_not_at_all(verb):
    scene = Scene()
    work = lambda: WORK[verb](scene)  # noqa: E731
    before = first = standing()
    for number in itertools.count(1):
        assert number < MOST
        killed = killed_before(number, work)
        if not killed:
            break
        if (now := standing()) != before:
            assert [each for each in proofs.findings() if each.count] == []
            before = now
    assert number > 2
    done = standing()
    assert done != first
    assert [each for each in proofs.findings() if each.count] == []
    if verb not in ("expire", "lapse"):
        work()
        assert standing() == done
