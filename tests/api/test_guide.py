"""docs/api.md against the API: every address is in it, and what it says of a till's conversation happens."""

import datetime as dt
import json
import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from members.actions import books, points, rights
from members.models import Book, Programme, Purse
from tests import factories
from tests.api import callers, guide
from tests.campaigns import offering, vouchers
from tests.members import entitled, goods, plans

TEXT = (settings.BASE_DIR / "docs" / "api.md").read_text("utf-8")
ROW = re.compile(r"^\| (`[A-Z]+ .*?) \| (\w+) \|", re.MULTILINE)
DAY = dt.timedelta(days=1)


def nameless(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def documented() -> set[tuple[str, str, str]]:
    rows = ROW.findall(TEXT[TEXT.index("## Every address") :])
    return {
        (method, nameless(path), scope)
        for named, scope in rows
        for method, path in re.findall(r"`([A-Z]+) ([^`]+)`", named)
    }


def offered() -> set[tuple[str, str, str]]:
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return {
        (method.upper(), nameless(path.removeprefix("/api/v1/")), scope[1])
        for path, operations in paths.items()
        for method, operation in operations.items()
        if (scope := re.search(r"Scope: `(\w+)`", operation["description"]))
    }


def test_every_address_is_named_with_its_scope():
    assert documented() == offered()
    assert len(offered()) > 45


def test_every_address_of_value_is_shown_in_use():
    shown = {(each.method, nameless_of(each.path)) for each in guide.read(TEXT)}
    value = {(method, path) for method, path, scope in offered() if scope == "value"}
    assert {(method, re.sub(r"\{\}", "*", path)) for method, path in value} <= shown


def nameless_of(path: str) -> str:
    """As it is in the list: names, codes and keys of the example become a star."""
    path = path.partition("?")[0]
    for pattern, star in (
        (r"^members/[^/]{13}(?=/|$)", "members/*"), (r"purses/[^/]+", "purses/*"), (r"rights/[^/]+/use", "rights/*/use"),
        (r"(holds|movements|operations)/[^/]+", r"\1/*"), (r"pos/orders/[^/]+/[^/]+", "pos/orders/*/*"), (r"(tickets)/\d+", r"\1/*"),
    ):  # fmt: skip
        path = re.sub(pattern, star, path)
    return path


@pytest.fixture
def nodes(db):
    group = factories.organization(code="harbour-group")
    brand = factories.organization(code="harbour", kind="brand", parent=group)
    return {"g": group, "b": brand, "s": factories.organization(code="store-12", kind="store", parent=brand)}


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s"], code="pos-qd", name="Tills of store 12", kind="pos")


@pytest.fixture
def ours(nodes) -> dict[str, Book]:
    def book(code, node, kind="points", unit="points", **policy):
        return books.create(
            organization=nodes[node], code=code, name=code.title(), kind=kind, unit=unit, **policy
        )

    made = {
        "club": book("club", "g", expiry="months_after", expiry_months=24, worth=Decimal("0.01")),
        "mall": book("mall", "b", worth=Decimal("0.005")),
        "card": book("card", "b", "stored_value_principal", "CNY", scale=2),
        "bonus": book("bonus", "b", "stored_value_bonus", "CNY", scale=2),
        "gift": book("gift", "b", "gift_card", "CNY", scale=2, expiry="months_after", expiry_months=36),
    }
    Purse.objects.create(
        organization=nodes["b"],
        code="harbour",
        name="Harbour card",
        pay_out_limit=500,
        principal=made["card"],
        bonus=made["bonus"],
    )
    return made


@pytest.fixture
def programme(nodes, ours):
    made = Programme.objects.create(organization=nodes["b"], name="Harbour Club")
    pays = {"book": ours["club"], "currency": "CNY", "unit_value": Decimal("0.01")}
    plans.published(
        made, rules=[plans.rule(ours["club"], 1)], spending=[pays], starts_at=timezone.now() - 90 * DAY,
        join_needs=["phone"], number_prefix="HC", number_digits=6,
    )  # fmt: skip
    return made


@pytest.fixture
def summer(nodes):
    return offering.published(organization=nodes["b"], code="SUMMER", offers=(offering.off(),))


@pytest.fixture
def anna(nodes, pos, ours):
    """A customer with points, money on a card, and a right given by hand."""
    now = timezone.now()
    member = callers.person(channel=pos, phone="+8613812341234", name="王小明", external_id="card-77")
    account = member.accounts.get()
    cleaning = entitled.right(organization=nodes["b"], code="cleaning", kind="service", validity_months=12)
    rights.grant(
        right=cleaning, account=account, quantity=1, source="hand", key="r", reason="so sorry",
        by=factories.staff(), now=now,
    )  # fmt: skip
    for code, amount in (("card", 20), ("mall", 1000), ("club", 120)):
        points.earn(
            account=account, book=ours[code], amount=amount, key=f"opening {code}", now=now, reason="welcome"
        )
    return member


@pytest.fixture
def hong(pos):
    """Another one, with an appliance under warranty."""
    member = callers.person(channel=pos, name="王小红", external_id="card-78")
    account = member.accounts.get()
    goods.appliance("F1", account=account)
    goods.warranty("F1", account=account, until=timezone.now() + 700 * DAY)
    return member


@pytest.fixture
def sorts(nodes):
    """Coupons: a reduction, a gift, a service."""
    told = {"organization": nodes["b"]}
    tea = {**vouchers.GIFT, "form": {"kind": "goods", "skus": ["TEA-250"], "worth": 1_500}}
    off = {**offering.off(threshold=10_000, amount=2_000), "name": "Spring"}
    return [
        vouchers.template(**told, code="SPRING", quota=1_000, **off),
        vouchers.template(**told, code="TEA", kind="gift", stock=10, **tea),
        vouchers.template(**told, code="AC-CARE", kind="service"),
    ]


def test_what_the_guide_says_of_a_till_happens(anna, hong, pos, programme, summer, sorts, nodes):
    till = callers.client(channel=pos, scopes="query edit ingest value", organization=nodes["s"])
    meaning = guide.Meaning(**{anna.oneid: "7K2MQ4TX8B3DA", hong.oneid: "9PVX2M4TQ7K3D"})
    soon = (timezone.now() + dt.timedelta(minutes=10)).isoformat()
    exchanges = guide.read(TEXT)
    assert len(exchanges) > 60
    for each in exchanges:
        body = (
            None if each.body is None else json.loads(meaning.put(json.dumps(each.body, ensure_ascii=False)))
        )
        if body and body.get("until", "").startswith("2026-"):
            body["until"] = soon
        real = till.generic(
            each.method, f"/api/v1/{meaning.put(each.path)}", "" if body is None else json.dumps(body),
            content_type="application/json",
        )  # fmt: skip
        told = real.json()
        wrong = [] if real.status_code == each.status else [f"{real.status_code}, and not {each.status}"]
        if each.problem:
            wrong += meaning.differences(f"urn:ninefold:problem:{each.problem}", told.get("type"), "type")
            told = {name: told.get(name) for name in each.answer or {}}
        wrong += meaning.differences(each.answer, told) if each.answer is not None else []
        assert not wrong, (each.method, each.path, each.body, wrong, real.json())
