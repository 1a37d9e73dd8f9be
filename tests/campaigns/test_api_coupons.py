"""Coupons through the API: what can be claimed, the claim, and what a member has."""

import datetime as dt

import pytest

from campaigns.actions import coupons
from campaigns.models import Coupon, CouponCounter, TillOperation
from members.models import AccessRecord
from tests import factories
from tests.api import callers
from tests.campaigns.counter import OFFERED, claim, of, problem
from tests.campaigns.offering import DAY, NOW, off
from tests.campaigns.till.pricing import clock
from tests.campaigns.vouchers import brought, drafted, state, template
from tests.connections import at_once
from tests.members.ledger.purses import merge

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(nodes):
    return factories.channel(organization=nodes["b1"], code="mini", kind="mini_program")


@pytest.fixture
def mini(channel, monkeypatch):
    clock(monkeypatch, NOW)
    return callers.client(channel=channel, scopes="query value")


@pytest.fixture
def anna(channel):
    return callers.person(channel=channel, name="Anna")


@pytest.fixture
def boris(channel):
    return callers.person(channel=channel, name="Boris")


def spring(nodes, **more):
    told = {**off(threshold=10_000, amount=2_000), "name": "Spring", **more}
    return template(organization=nodes["b1"], code="SPRING", **told)


@pytest.mark.requirement("MEM-030")
def test_of_100_with_one_a_member_the_second_claim_and_the_101st_member_are_refused(
    mini, nodes, channel, anna
):
    ours = spring(nodes, quota=100)
    told = claim(mini, anna, ours, key="k1").json()
    assert (told["state"], told["template"], told["says"]) == (
        "claimed", "SPRING", "20.00 off from 100.00 on; in CNY",
    )  # fmt: skip
    assert problem(claim(mini, anna, ours, key="k2")) == (409, "enough")
    others = [factories.account(channel=channel) for _each in range(99)]
    assert len(coupons.grant(template=ours, accounts=others[1:], key="g", now=NOW)) == 98
    assert claim(mini, others[0].member, ours, key="m100").status_code == 200
    late = claim(mini, callers.person(channel=channel), ours, key="late")
    assert (problem(late), late.json()["detail"]) == (
        (409, "used-up"), "“Spring”: all have been given, 0 are left.",
    )  # fmt: skip
    assert CouponCounter.objects.get().issued == Coupon.objects.count() == 100


def test_a_key_claims_once_through_its_channel_and_tells_that_it_did(mini, nodes, channel, anna, boris):
    ours = spring(nodes, per_person=None)
    answers = [claim(mini, anna, ours, key="k1") for _each in range(3)]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert [each.get("Idempotent-Replay") for each in answers] == [None, "true", "true"]
    coupon = Coupon.objects.get()
    assert (coupon.claim_channel, coupon.account.member, coupon.claimed_at) == (channel, anna, NOW)
    assert problem(claim(mini, boris, ours, key="k1")) == (422, "key-reused")
    assert problem(claim(mini, anna, key="k1", code="ABCDEFGHJK")) == (422, "key-reused")
    happened = mini.get("/api/v1/pos/operations/k1").json()
    assert (happened["verb"], happened["answer"]) == ("claim", answers[0].json())
    noted = AccessRecord.objects.get(action="value", member=anna)
    assert (noted.field, noted.details) == ("coupon", {"verb": "claim", "coupon": coupon.pk})


def test_what_is_refused_keeps_no_key(mini, nodes, anna, monkeypatch):
    ours = spring(nodes, claim_from=NOW + DAY)
    assert problem(claim(mini, anna, ours, key="k1")) == (409, "not-now")
    assert not TillOperation.objects.exists()
    clock(monkeypatch, NOW + DAY)
    assert claim(mini, anna, ours, key="k1").status_code == 200


@pytest.mark.parametrize("sort", ["draft", "elsewhere", "given", "over"])
def test_what_is_not_there_for_this_key_or_not_for_all_cannot_be_claimed(mini, nodes, anna, sort):
    ours = {
        "draft": lambda: drafted(organization=nodes["b1"]),
        "elsewhere": lambda: template(organization=nodes["b2"]),
        "given": lambda: template(organization=nodes["b1"], self_service=False),
        "over": lambda: template(organization=nodes["b1"], claim_until=NOW),
    }[sort]()
    there = sort in ("given", "over")
    assert problem(claim(mini, anna, ours, key="k1")) == ((409, "not-now") if there else (404, "not-found"))
    assert mini.get(OFFERED).json() == []
    assert not Coupon.objects.exists()


def test_a_printed_code_is_the_first_ones_who_brings_it(mini, nodes, anna, boris, settings):
    ours = spring(nodes, self_service=False)
    [printed] = brought(ours, "ABCDEFGHJK")
    assert claim(mini, anna, key="k1", code="abcde-fghjk").json()["code"] == "ABCDEFGHJK"
    assert (state(printed), printed.account.member) == ("claimed", anna)
    assert problem(claim(mini, boris, key="k2", code="ABCDEFGHJK")) == (409, "not-yours")
    assert problem(claim(mini, boris, key="k3", code="NOSUCHCODE")) == (404, "unknown-code")
    settings.WRONG_CODES = 1
    assert claim(mini, boris, key="k4", code="ABCDEFGHJK").status_code == 429


def test_a_code_of_another_brand_is_unknown_here(mini, nodes, anna):
    brought(template(organization=nodes["b2"]), "ABCDEFGHJK")
    assert problem(claim(mini, anna, key="k1", code="ABCDEFGHJK")) == (404, "unknown-code")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"key": "k1"}, "template"), ({"key": "k1", "template": "A", "code": "B"}, "template"),
        ({"key": "k 1", "template": "A"}, "key"), ({"template": "A"}, "key"), ({"key": "k1", "cod": "B"}, "cod"),
    ],
)  # fmt: skip
def test_a_claim_that_cannot_be_read_says_where(mini, anna, body, place):
    answer = mini.post(of(anna.oneid), body)
    assert problem(answer) == (400, "invalid")
    assert [each["place"] for each in answer.json()["errors"]] == [place]


def test_what_is_offered_is_what_can_be_claimed_now(mini, nodes, anna):
    ours = spring(nodes, quota=2, claim_until=NOW + DAY)
    template(organization=nodes["g"], code="GROUP", per_person=None)
    [first, second] = mini.get(OFFERED, {"oneid": anna.oneid}).json()
    assert first == {
        "template": "SPRING", "name": "Spring", "kind": "consumption", "says": "20.00 off from 100.00 on; in CNY",
        "organization": "b1", "claim_until": (NOW + DAY).astimezone(dt.timezone(dt.timedelta(hours=8))).isoformat(),
        "left": 2, "per_person": 1, "has": 0, "claimable": True,
    }  # fmt: skip
    assert (second["template"], second["left"], second["claimable"]) == ("GROUP", None, True)
    claim(mini, anna, ours, key="k1")
    [first, _second] = mini.get(OFFERED, {"oneid": anna.oneid}).json()
    assert (first["left"], first["has"], first["claimable"]) == (1, 1, False)
    assert mini.get(OFFERED).json()[0]["claimable"] is True
    CouponCounter.objects.filter(template=ours).update(issued=2)
    assert [each["template"] for each in mini.get(OFFERED).json()] == ["GROUP"]


def test_the_offered_cost_the_same_whatever_their_number(mini, nodes, anna, django_assert_max_num_queries):
    for number in range(12):
        template(organization=nodes["b1"], code=f"T{number}")
    with django_assert_max_num_queries(8):
        assert len(mini.get(OFFERED, {"oneid": anna.oneid}).json()) == 12


def test_a_member_has_the_coupons_of_all_his_accounts_with_what_they_are_good_for(
    mini, nodes, anna, boris, channel
):
    for number, who in enumerate((anna, boris)):
        claim(
            mini, who, template(organization=nodes["b1"], code=f"T{number}", valid_days=7), key=f"k{number}"
        )
    merge(anna.accounts.get(), boris.accounts.get())
    rows = mini.get(of(anna.oneid)).json()["results"]
    assert [(each["template"], each["usable"], each["ways"]) for each in rows] == [
        ("T1", True, ["sale"]), ("T0", True, ["sale"]),
    ]  # fmt: skip
    assert rows[0]["valid_until"] == "2026-01-23T00:00:00+08:00"
    page = mini.get(of(anna.oneid), {"page_size": 1}).json()
    assert ([each["template"] for each in page["results"]], bool(page["next"])) == (["T1"], True)
    [rest] = mini.get(page["next"]).json()["results"]
    assert rest["template"] == "T0"


def test_what_cannot_be_used_says_why(mini, nodes, anna, monkeypatch):
    claim(mini, anna, template(organization=nodes["s1"], code="HERE", valid_until=NOW + DAY), key="k1")
    there = {"organization": nodes["s1"].code}
    [row] = mini.get(of(anna.oneid)).json()["results"]
    assert (row["usable"], row["reason"], row["why"]) == (False, "elsewhere", "It is for other stores.")
    assert mini.get(of(anna.oneid), there).json()["results"][0]["usable"] is True
    clock(monkeypatch, NOW + DAY)
    assert mini.get(of(anna.oneid), there).json()["results"][0]["reason"] == "over"
    assert mini.get(of(anna.oneid), {"state": "redeemed"}).json()["results"] == []
    assert mini.get(of(anna.oneid), {"organization": "s4"}).status_code == 400


def test_the_language_is_the_callers(mini, nodes, anna):
    claim(mini, anna, spring(nodes), key="k1")
    [row] = mini.get(of(anna.oneid), HTTP_ACCEPT_LANGUAGE="zh-hans").json()["results"]
    assert "20.00" in row["says"]
    assert row["says"] != "20.00 off from 100.00 on; in CNY"


def test_neither_lists_nor_audiences_are_told_to_customers(mini, nodes, anna):
    offer = off(threshold=0, amount=2_000)
    offer["trigger"] |= {"tags": ["rfm:lost"], "tiers": ["b1:gold"]}
    offer["limits"] = {"groups": ["clearance"], "stack": 3}
    claim(mini, anna, template(organization=nodes["b1"], **offer), key="k1")
    [row] = mini.get(of(anna.oneid)).json()["results"]
    assert "b1:gold" in row["says"]
    assert not any(word in row["says"] for word in ("lost", "clearance", "step"))


def test_a_key_of_another_brand_sees_and_claims_nothing(nodes, mini, anna):
    claim(mini, anna, spring(nodes), key="k1")
    other = callers.client(
        channel=factories.channel(organization=nodes["b2"], code="other"), scopes="query value"
    )
    assert other.get(of(anna.oneid)).status_code == 404
    assert other.get(OFFERED).json() == []


def test_who_may_only_look_claims_nothing(nodes, channel, anna, monkeypatch):
    clock(monkeypatch, NOW)
    looker = callers.client(channel=channel, scopes="query")
    assert claim(looker, anna, spring(nodes), key="k1").status_code == 403
    assert looker.get(of(anna.oneid)).json()["results"] == []


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_claim_one_coupon(monkeypatch):
    clock(monkeypatch, NOW)
    nodes = factories.tree()
    channel = factories.channel(organization=nodes["b1"], code="mini")
    ours, anna = spring(nodes), callers.person(channel=channel)
    secret = callers.secret(channel=channel, scopes="value")

    def click():
        return claim(callers.with_secret(secret), anna, ours, key="k1").status_code

    assert set(at_once(click, click, click)) <= {200, 409}
    assert Coupon.objects.count() == 1


class TestAfterAMerge:
    """Anna is Boris by now: what her key claimed is answered under both OneIDs, and claimed once."""

    @pytest.fixture
    def claimed(self, mini, nodes, anna, boris):
        first = claim(mini, anna, spring(nodes), key="k1")
        merge(boris.accounts.get(), anna.accounts.get())
        return first.json()

    @pytest.mark.parametrize("who", ["anna", "boris"])
    def test_the_claim_is_answered_again(self, request, claimed, mini, who):
        again = mini.post(
            of(request.getfixturevalue(who).oneid), {"key": "k1", "template": claimed["template"]}
        )
        assert (again.status_code, again.json()) == (200, claimed)
        assert again["Idempotent-Replay"] == "true"
        assert Coupon.objects.count() == TillOperation.objects.count() == 1

    def test_a_new_key_is_led_to_the_current_oneid(self, claimed, mini, anna, boris):
        moved = mini.post(of(anna.oneid), {"key": "k2", "template": claimed["template"]})
        assert (moved.status_code, moved["Location"]) == (308, of(boris.oneid))
        assert not TillOperation.objects.filter(key="k2").exists()

    def test_somebody_else_is_told_nothing_of_it(self, claimed, mini, channel):
        other = callers.person(channel=channel)
        answer = mini.post(of(other.oneid), {"key": "k1", "template": claimed["template"]})
        assert problem(answer) == (422, "key-reused")
        assert claimed["code"] not in str(answer.json())
