"""GET pos/bundle: signed, expiring, exactly the store's rules; keys that change; allowances granted beforehand."""

import base64
import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from campaigns.models import SpendAllowance, TillBundle
from campaigns.offers import pricing as engine
from campaigns.till import bundle as documents
from campaigns.till import pricing
from members.actions import holds
from members.models import AccessRecord, Hold, MemberProfile, Programme, Tier, Wallet
from tests import factories
from tests.api import callers
from tests.campaigns import pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline
from tests.campaigns.till.offline import fetched, publish
from tests.campaigns.till.pricing import clock, quote
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


def allow(cashier, account, key="A1", amount="60.00", until=NOW + DAY, book="card", **more):
    body = {"key": key, "oneid": account.member.oneid, "book": book, "amount": amount, **more}
    return cashier.post("/api/v1/pos/allowances", body | {"until": until.isoformat()})


def problem(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def signing_key() -> str:
    return base64.urlsafe_b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode().rstrip("=")


def test_it_prices_as_the_house_does(cashier, nodes):
    publish(nodes)
    bundle = fetched(cashier)
    assert (bundle.store, bundle.organizations, bundle.channel) == ("s1", ("s1", "d1", "b1", "g"), "pos")
    for cents, prices in ((30_000, ("300.00",)), (29_900, ("299.00",)), (90_000, ("900.00",))):
        sold = offline.sale(bundle, offline.line(price=cents))
        online = quote(cashier, offline_line(prices[0]))
        assert (sold.digest, f"{sold.quote.total / 100:.2f}") == (online["digest"], online["total"])


def offline_line(price: str) -> dict:
    return {"line": 1, "sku": "S1", "quantity": "1", "unit_price": price}


def test_what_begins_and_ends_within_its_time_is_in_it(cashier, nodes):
    publish(nodes, ends_at=NOW + HOUR)
    publish(nodes, off(amount=2_000), code="NIGHT", starts_at=NOW + 2 * HOUR)
    bundle = fetched(cashier)
    assert [period.until for period in bundle.periods] == [NOW + HOUR, NOW + 2 * HOUR, NOW + DAY]
    sold = [offline.sale(bundle, at=NOW + hours * HOUR).quote.discount for hours in (0, 1, 2, 23)]
    assert sold == [5_000, 0, 2_000, 2_000]
    with pytest.raises(documents.Over):
        offline.sale(bundle, at=NOW + DAY)
    with pytest.raises(documents.Over):
        offline.sale(bundle, at=NOW - HOUR)


def test_it_is_over_a_day_later(cashier, nodes):
    publish(nodes)
    fetched(cashier, now=NOW + DAY - HOUR)
    with pytest.raises(documents.Over, match="fetch new ones"):
        fetched(cashier, now=NOW + DAY)


def test_a_changed_document_is_noticed(cashier, nodes):
    publish(nodes)
    keys = documents.keys(cashier.get("/api/v1/pos/bundle/keys").json())
    document = cashier.get("/api/v1/pos/bundle").json()["document"]
    header, content, signature = document.split(".")
    text = base64.urlsafe_b64decode(content + "==").replace(b'"amount":5000', b'"amount":9000')
    assert b"9000" in text
    changed = ".".join([header, base64.urlsafe_b64encode(text).decode().rstrip("="), signature])
    for forged in (changed, f"{header}.{content}.", "nothing", _unsigned(content)):
        with pytest.raises(documents.Forged):
            documents.read(forged, keys=keys, now=NOW)
    assert documents.read(document, keys=keys, now=NOW).offers


def _unsigned(content: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"x"}').decode().rstrip("=")
    return f"{header}.{content}."


def test_a_new_key_signs_and_the_earlier_one_still_verifies(cashier, nodes, settings):
    publish(nodes)
    settings.TILL_SIGNING_KEY = signing_key()
    old = cashier.get("/api/v1/pos/bundle").json()["document"]
    [told] = cashier.get("/api/v1/pos/bundle/keys").json()["keys"]
    settings.TILL_SIGNING_KEY, settings.TILL_EARLIER_KEYS = signing_key(), [told["x"]]
    keys = documents.keys(cashier.get("/api/v1/pos/bundle/keys").json())
    new = cashier.get("/api/v1/pos/bundle").json()["document"]
    assert len(keys) == 2
    assert [documents.read(each, keys=keys, now=NOW).offers for each in (old, new)]
    with pytest.raises(documents.Forged, match="no known key"):
        documents.read(new, keys=documents.keys({"keys": [told]}), now=NOW)


def test_without_a_key_nothing_is_signed(cashier, settings):
    settings.TILL_SIGNING_KEY = ""
    assert problem(cashier.get("/api/v1/pos/bundle")) == (503, "not-signed")
    assert problem(cashier.get("/api/v1/pos/bundle/keys")) == (503, "not-signed")


def test_asked_again_at_once_it_is_the_same_and_later_another(cashier, nodes, monkeypatch):
    publish(nodes)
    first = cashier.get("/api/v1/pos/bundle").json()
    clock(monkeypatch, NOW + dt.timedelta(minutes=4))
    assert cashier.get("/api/v1/pos/bundle").json() == first
    clock(monkeypatch, NOW + dt.timedelta(minutes=6))
    assert cashier.get("/api/v1/pos/bundle").json()["id"] != first["id"]
    publish(nodes, code="MORE")
    assert len(fetched(cashier).offers) == 2
    assert TillBundle.objects.count() == 3


def test_only_the_place_of_the_key_is_told_of(cashier, nodes):
    publish(nodes)
    assert cashier.get("/api/v1/pos/bundle?store=s4").status_code == 400
    answer = callers.client(channel=factories.channel(organization=nodes["s1"], code="x"), scopes="query")
    assert answer.get("/api/v1/pos/bundle").status_code == 403


def test_what_is_used_up_is_not_given_without_a_line(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=40)
    publish(nodes, off() | {"shares": {money: 10_000}})
    bundle = fetched(cashier)
    assert bundle.left == {"SUMMER-1": 4_000}
    sold = engine.quote(
        pricing.basket(bundle, lines=(offline.line(),), currency="CNY", at=NOW), pricing.Rules(bundle).at(NOW)
    )
    assert (sold.total, sold.verdicts[0].reason) == (30_000, "no_budget")


def test_an_allowance_reserves_and_tells_the_till_who_it_is(cashier, nodes, account, card):
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    Tier.objects.create(programme=programme, code="gold", name="Gold", rank=2)
    account.memberships.update(tier="gold", tier_at=NOW, stated_at=NOW)
    MemberProfile.objects.create(member=account.member, birth_date=dt.date(1990, 1, 15), account_count=1)
    publish(nodes, off(tiers=["g:gold"], birthday="day"), off(amount=100, tiers=["g:gold"]))
    template = vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000))
    coupon = vouchers.claim(template, account)
    answer = allow(cashier, account)
    assert answer.json() == {
        "key": "A1", "store": "s1", "oneid": account.member.oneid, "book": "card", "amount": "60.00",
        "until": (NOW + DAY).isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    [told] = fetched(cashier).allowances
    assert (told.oneid, told.amount, told.currency) == (account.member.oneid, 6_000, "CNY")
    assert (told.buyer.tiers, told.buyer.birthday, told.buyer.occasions) == (
        frozenset({"g:gold"}), None, frozenset(),
    )  # fmt: skip
    assert [each.code for each in told.coupons] == [coupon.code]
    sold = offline.sale(fetched(cashier), oneid=account.member.oneid, coupons=(coupon.code,))
    assert sold.quote.discount == 1_100
    assert offline.sale(fetched(cashier)).quote.discount == 0
    assert Wallet.objects.get(account=account, book=card).balance == 4_000
    assert AccessRecord.objects.filter(action="value", details__verb="allow").count() == 1


def test_an_allowance_is_granted_once(cashier, account, card):
    answers = [allow(cashier, account) for _each in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replay"] == "true"
    assert problem(allow(cashier, account, amount="61.00")) == (422, "key-reused")
    assert SpendAllowance.objects.count() == Hold.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"amount": "100.01"}, (409, "not-enough")), ({"amount": "0"}, (422, "unfit")),
        ({"amount": "0.001"}, (422, "unfit")), ({"until": NOW - HOUR}, (422, "unfit")),
        ({"until": NOW + 8 * DAY}, (422, "unfit")), ({"book": "none"}, (422, "unknown-book")),
        ({"book": "club"}, (422, "unfit")), ({"oneid": "0000000000000"}, (400, "invalid")),
        ({"store": "s4"}, (400, "invalid")), ({"amount": "-1"}, (400, "invalid")),
    ],
)  # fmt: skip
def test_an_allowance_that_cannot_be(cashier, nodes, account, card, more, said):
    purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    assert problem(allow(cashier, account, **more)) == said
    assert not Hold.objects.exists()


def test_an_allowance_that_is_over_lapses_and_is_told_no_more(cashier, account, card, monkeypatch):
    allow(cashier, account, until=NOW + HOUR)
    assert len(fetched(cashier).allowances) == 1
    clock(monkeypatch, NOW + 2 * HOUR)
    holds.lapse(now=NOW + 2 * HOUR)
    assert fetched(cashier).allowances == ()
    assert Wallet.objects.get(account=account, book=card).balance == 10_000
