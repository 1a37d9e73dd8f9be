"""Each verb killed before each of its statements: the ledger adds up, and the same key finishes the work, once."""

import itertools
from decimal import Decimal

import pytest
from django.db.models import Sum

from members import sets
from members.actions import (
    acts,
    adjustments,
    bought_rights,
    conversions,
    earning,
    gift_cards,
    holds,
    points,
    purses,
    right_codes,
    right_uses,
    rights,
)
from members.models import (
    Adjustment,
    Conversion,
    Entry,
    Event,
    GiftCard,
    Hold,
    Lot,
    LotUse,
    Membership,
    Order,
    Posting,
    Programme,
    Purse,
    RightCode,
    RightGrant,
    RightUse,
    Tier,
    Wallet,
)
from tests import factories
from tests.identity.company import NOW as SOLD
from tests.killing import killed_before
from tests.members.entitled import LONG_AGO, by_goods, right, sale
from tests.members.ledger.purses import DAY, NOW, accounts, book, earn, faults, merge, spend
from tests.members.plans import action, published, rule

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + 40 * DAY
MOST = 60  # statements; no verb comes near


class Points:
    """Two accounts of one person with lots of a month, a third account of another, and three books, of which one slides."""

    def __init__(self) -> None:
        group = factories.organization()
        policy = {"expiry": "months_after", "expiry_months": 1}
        self.points = book(organization=group, worth=Decimal("0.01"), adjust_limit=50, **policy)
        self.stars = book(organization=group, code="stars", worth=Decimal("0.03"))
        self.miles = book(organization=group, code="miles", expiry="sliding", expiry_months=2)
        self.one, self.other, self.friend = accounts(3, organization=group)
        self.by, self.second = factories.staff(), factories.staff()
        self.earned = earn(self.one, self.points, 200)
        earn(self.other, self.points, 40)
        for account in (self.one, self.other):
            earn(account, self.miles, 30)
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


class Cards:
    """A stored-value card of two accounts of one person, and gift cards: issued, and active."""

    def __init__(self) -> None:
        self.place = factories.organization()
        money = {"unit": "CNY", "scale": 2, "organization": self.place}
        principal = book(code="principal", kind="stored_value_principal", **money)
        bonus = book(code="bonus", kind="stored_value_bonus", **money)
        self.purse = Purse.objects.create(
            organization=self.place, code="card", name="Card", principal=principal, bonus=bonus
        )
        self.one, self.other, self.friend = accounts(3, organization=self.place)
        self.by = factories.staff()
        for each in (self.one, self.other):
            self.top_up(each, 100, 30, key=f"first:{each.pk}")
        merge(self.one, self.other)
        self.other.refresh_from_db()
        self.spend(150, key="paid")
        self.gifts = book(code="gift", kind="gift_card", expiry="months_after", expiry_months=12, **money)
        self.card, self.code = self.issue("one").card, self.issue("other").code
        self.active = self.issue("third").code
        self.activate(self.active, key="active")

    def top_up(self, account, principal, bonus, **more):
        asked = {"account": account, "purse": self.purse, "organization": self.place, "now": NOW, "key": "k"}
        return purses.top_up(**asked | more, principal=principal, bonus=bonus)

    def spend(self, amount, **more):
        return self._pay(purses.spend, amount, **more)

    def pay_out(self, amount):
        return self._pay(purses.pay_out, amount)

    def _pay(self, verb, amount, key="k"):
        return verb(
            account=self.other, purse=self.purse, organization=self.place, amount=amount, now=NOW, key=key
        )

    def issue(self, key):
        return gift_cards.issue(book=self.gifts, amount=200, key=key, now=NOW, buyer=self.one)

    def activate(self, code, key="k"):
        return gift_cards.activate(code=code, account=self.other, key=key, now=NOW)


class Bought:
    """Orders that earn and bring rights: one settled and returned in part, one settled and cancelled, one new."""

    def __init__(self) -> None:
        nodes = factories.tree()
        self.place, app = nodes["s1"], factories.channel(organization=nodes["b1"], code="app")
        club = Programme.objects.create(organization=nodes["b1"], name="Club")
        ours = book(organization=nodes["b1"])
        published(club, rules=[rule(ours, 1), action(ours, 5, per="day")], starts_at=LONG_AGO)
        tier = Tier.objects.create(programme=club, code="t1", name="Tier 1", rank=1)
        self.cleaning = right(organization=nodes["b1"], code="cleaning", kind="service")
        rights.add_rule(right=self.cleaning, tier=tier, period="year", quantity=2, starts_at=LONG_AGO)
        self.vip = right(organization=nodes["b1"], code="vip", kind="third_party", with_code=True)
        by_goods(self.vip, skus=["F1"])
        self.anna, ben = factories.account(channel=app), factories.account(channel=app)
        Membership.objects.filter(account=self.anna).update(tier="t1", tier_at=SOLD, stated_at=SOLD)
        merge(self.anna, ben)
        self.anna.refresh_from_db()
        for each in (self.anna, ben):
            factories.event(account=each, name="sign_in", at=SOLD)
        gone, less = sale(self.anna, serial="SN-1"), sale(ben)
        self.codes("C1")
        self.earn(gone, less)
        self.entitle(gone, less)
        points.spend(account=ben, book=club.organization.books.get(), amount=90, key="spent", now=SOLD)
        Order.objects.filter(pk=gone.pk).update(status="cancelled")
        factories.returned(order=less, amount="40.00")
        self.codes("C2")
        self.orders = [gone, less, sale(ben, serial="SN-1", at=SOLD + DAY)]

    def codes(self, *lines):
        right_codes.bring(right=self.vip, lines=lines, now=SOLD)

    def earn(self, *orders):
        return earning.settle(keys={(each.channel_id, each.external_id) for each in orders}, now=SOLD + DAY)

    def act(self):
        return acts.settle(told=Event.objects.filter(name="sign_in"), now=SOLD + DAY)

    def entitle(self, *orders):
        keys = {(each.channel_id, each.external_id) for each in orders}
        return bought_rights.settle(keys=keys, now=SOLD + DAY)

    def use(self):
        return right_uses.use(
            member=self.anna.member, right=self.cleaning, key="k", organization=self.place, channel=None, by=None, now=SOLD
        )  # fmt: skip


POINTS = {
    "earn": lambda s: points.earn(account=s.friend, book=s.points, amount=7, key="k", now=NOW),
    "spend": lambda s: points.spend(account=s.one, book=s.points, amount=45, key="k", now=NOW),
    "spend what slides": lambda s: points.spend(
        account=s.one, book=s.miles, amount=45, key="k", now=NOW + DAY
    ),
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
CARDS = {
    "top up": lambda s: s.top_up(s.friend, 50, 5),
    "pay with a card": lambda s: s.spend(60),
    "refund": lambda s: purses.refund(purse=s.purse, key_of_spend="paid", amount=40, key="k", now=NOW),
    "pay out": lambda s: s.pay_out(25),
    "issue a gift card": lambda s: s.issue("k"),
    "give a gift card": lambda s: gift_cards.give(code=s.code, giver=s.one, to=s.friend, now=NOW),
    "activate a gift card": lambda s: s.activate(s.code),
    "spend a gift card": lambda s: gift_cards.spend(
        code=s.active, amount=150, key="k", organization=s.place, now=NOW
    ),
    "cancel a gift card": lambda s: gift_cards.cancel(card=s.card, reason="lost", by=s.by, now=NOW),
}
BOUGHT = {
    "settle what orders earn": lambda s: s.earn(*s.orders),
    "settle what actions earn": lambda s: s.act(),
    "settle what goods bring": lambda s: s.entitle(*s.orders),
    "bring codes": lambda s: s.codes("C3", "C4"),
    "use a right": lambda s: s.use(),
}
SCENES = {Points: POINTS, Cards: CARDS, Bought: BOUGHT}
VERBS = [
    pytest.param(scene, work, id=verb) for scene, verbs in SCENES.items() for verb, work in verbs.items()
]
ONE_BATCH = {POINTS["expire"], POINTS["lapse"]}  # asked again, they go on with the next
ROWS = (
    Wallet, Lot, Hold, Adjustment, Posting, Entry, LotUse, Conversion, Event,
    GiftCard, RightGrant, RightUse, RightCode,
)  # fmt: skip


def sound() -> bool:
    used = RightGrant.objects.aggregate(total=Sum("used"))["total"] or 0
    return not faults() and used == RightUse.objects.count()


def standing() -> list:
    return [list(model.objects.order_by("pk").values_list()) for model in ROWS]


@pytest.mark.parametrize(("make", "verb"), VERBS)
def test_killed_between_any_two_statements_it_is_done_once_or_not_at_all(make, verb):
    scene = make()
    work = lambda: verb(scene)  # noqa: E731
    before = first = standing()
    for number in itertools.count(1):
        assert number < MOST
        killed = killed_before(number, work)
        if not killed:
            break
        if (now := standing()) != before:
            assert sound()
            before = now
    assert number > 1
    done = standing()
    assert done != first
    assert sound()
    if verb not in ONE_BATCH:
        work()
        assert standing() == done


@pytest.mark.parametrize(
    ("send", "ways"),
    [
        (lambda: sets.run("SELECT 1", [], 0), 1),
        (lambda: sets.prepared("SELECT 1"), 1),
        (lambda: sets.pipelined(("SELECT 1",), ("SELECT 2",)), 3),
        (lambda: Tier.objects.bulk_create([]), 0),
        (lambda: Tier.objects.count(), 1),
    ],
)
def test_nothing_is_sent_that_is_not_counted(send, ways):
    """Else a verb would be killed at fewer places than it has, and nobody would see it."""
    assert [killed_before(number, send) for number in range(1, ways + 2)] == [True] * ways + [False]
