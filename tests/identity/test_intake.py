"""The way in: verdicts, merging, waiting, exactly once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from identity import tasks
from identity.models import Binding, IntakeRecord, OrderContact, QuarantineItem
from identity.queries import waiting
from members.models import Account, Consent, Event, Member, Membership, Order, Return, Review
from members.queries import memberships
from tests.identity import company, snapshots
from tests.identity.company import accept, account, event, order, returned, review, verdicts_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nodes():
    return company.build()


@pytest.mark.requirement("MEM-001")
def test_one_pool_of_all_channels():
    accept(
        account("tb-1", channel="tmall", phone="13800138000"),
        event("ad_click", channel="ad", identifiers=[{"kind": "phone", "value": "13800138000"}]),
        account("u-1", channel="app", phone="+86 138 0013 8000"),
        account("card-1", channel="pos", phone="138-0013-8000"),
        account("card-2", channel="pos", phone="13900139000"),
    )
    pool = Member.objects.active()
    assert pool.count() == 2
    assert sorted(member.accounts.count() for member in pool) == [1, 4]


@pytest.mark.requirement("MEM-005")
def test_joining_through_a_store_makes_a_group_member():
    joined = {"organization": "b1", "number": "M1"}
    accept(account("c1", channel="pos", phone="13800138000", membership=joined))
    levels = {each.kind: each for each in memberships.joined(member=Member.objects.active().get())}
    assert levels["group"].joined_at is not None
    assert levels["group"].join_source == "s1"


@pytest.mark.requirement("MEM-006")
def test_two_brands_one_group():
    accept(
        account("c1", channel="pos", phone="13800138000", membership={"organization": "b1", "tier": "gold"}),
        account("u1", channel="app", phone="13800138000", membership={"organization": "b2", "number": "N2"}),
    )
    levels = memberships.joined(member=Member.objects.active().get())
    assert sorted(each.organization for each in levels if each.kind == "brand") == ["b1", "b2"]
    assert [each.organization for each in levels if each.kind == "group"] == ["g"]
    brands = {each.organization: each for each in levels}
    assert (brands["b1"].tier, brands["b2"].number) == ("gold", "N2")


@pytest.mark.requirement("MEM-008")
def test_a_purchase_elsewhere_is_a_visit_and_home_stays_home():
    accept(account("c1", channel="pos", membership={"organization": "s1", "joined_at": company.day(0)}))
    accept(order("o1", "c1", channel="pos", organization="s2", on=5))
    levels = {each.organization: each for each in memberships.levels(member=Member.objects.active().get())}
    assert levels["s1"].joined_at is not None
    assert levels["s1"].first_visited_at is None
    assert levels["s2"].joined_at is None
    assert levels["s2"].first_visited_at.isoformat() == company.day(5)


def test_a_sale_that_was_at_another_store_after_all_is_no_visit_to_the_first():
    accept(account("c1", channel="pos", organization="s1"))
    accept(order("o1", "c1", channel="pos", organization="s2", on=5))
    accept(order("o2", "c1", channel="pos", organization="s1", on=6))
    accept(order("o1", "c1", channel="pos", organization="s1", on=5, updated_at=company.day(7)))
    visited = {each.organization.code: each for each in Membership.objects.select_related("organization")}
    assert visited.keys() == {"s1"}
    assert visited["s1"].first_visited_at.isoformat() == company.day(5)
    assert visited["s1"].last_visited_at.isoformat() == company.day(6)


@pytest.mark.requirement("MEM-050")
def test_orders_of_every_channel_are_listed_together():
    accept(*(account("x", channel=code, phone="13800138000") for code in ("tmall", "app", "mall")))
    accept(
        order("a", "x", channel="mall", on=3, amount="30"),
        order("b", "x", channel="tmall", on=1, amount="10"),
        order("c", "x", channel="app", on=2, amount="20"),
    )
    member = Member.objects.active().get()
    listed = Order.objects.filter(account__member=member).order_by("occurred_at")
    assert [each.channel.code for each in listed] == ["tmall", "app", "mall"]
    assert sum(each.amount for each in listed) == member.features.amount == 60


@pytest.mark.requirement("MEM-051")
def test_a_receipt_of_the_till_has_store_cashier_and_guide():
    accept(order("R1", channel="pos", organization="s1", cashier="Chen", guide="Wang"))
    found = Order.objects.get(external_id="R1")
    assert (found.organization.code, found.cashier, found.guide) == ("s1", "Chen", "Wang")


@pytest.mark.requirement("MEM-053")
def test_a_review_has_stars_text_and_channel():
    accept(account("u1"), order("o1", "u1"), review("v1", rating=3, text="so so", sku="S1"))
    found = Review.objects.get()
    assert (found.rating, found.text, found.channel.code, found.order.external_id) == (
        3,
        "so so",
        "app",
        "o1",
    )
    assert found.account.external_id == "u1"


@pytest.mark.requirement("IDN-004")
def test_an_ad_click_makes_an_anonymous_profile_with_its_parameters():
    click = event(
        "ad_click",
        channel="ad",
        identifiers=[{"kind": "cookie", "value": "ck-1"}],
        attribution={"campaign": "SUMMER", "ad": "A1"},
    )
    accept(click)
    visitor = Account.objects.get()
    assert visitor.is_contact
    assert not visitor.channel.named
    assert visitor.member_id
    assert visitor.events.get().properties["attribution"] == {"campaign": "SUMMER", "ad": "A1"}


@pytest.mark.requirement("IDN-005")
def test_two_connectors_give_one_canonical_order():
    one = order("o1", "u1", amount="199.90", currency="cny", status="PAID") | {"vendor_field": 1}
    lines = [{"sku": "S1", "quantity": 1, "amount": "199.9000", "unit_price": "199.90", "colour": "red"}]
    two = order("o2", "u1", lines=lines) | {"source": {"name": "other"}}
    accept(account("u1"), one, two)
    shapes = []
    for found in Order.objects.order_by("external_id"):
        [line] = found.lines.all()
        shape = [
            found.account,
            found.status,
            found.currency,
            found.amount,
            line.line,
            line.sku,
            line.quantity,
        ]
        shapes.append([*shape, line.unit_price, line.amount, found.occurred_at])
    assert shapes[0] == shapes[1]
    raw = IntakeRecord.objects.get(key="o1").raw
    assert raw["vendor_field"] == 1


@pytest.mark.requirement("IDN-055")
def test_a_replay_changes_nothing():
    records = [
        account("u1", phone="13800138000"),
        order("o1", "u1"),
        returned(),
        review(),
        event("page_view", "u1"),
    ]
    assert verdicts_of(*records) == ["accepted"] * 5
    before = snapshots.take()
    assert verdicts_of(*records) == ["duplicate"] * 5
    assert verdicts_of(*reversed(records), *records) == ["duplicate"] * 10
    assert snapshots.take() == before


def test_the_same_record_twice_in_one_batch():
    assert verdicts_of(order("o1"), order("o1"), order("o1", status="completed")) == [
        "accepted",
        "duplicate",
        "updated",
    ]


@pytest.mark.requirement("IDN-056")
def test_what_is_invalid_is_rejected_and_listed():
    contacts = [{"kind": "phone", "value": "12345"}, {"kind": "email", "value": "a@b"}]
    [verdict] = accept(account("u1", identifiers=contacts))
    assert verdict.verdict == "accepted"
    assert [problem.code for problem in verdict.problems] == ["phone.malformed", "email.malformed"]
    assert not Binding.objects.exists()
    listed = QuarantineItem.objects.filter(scope="value").order_by("place")
    assert [(each.code, each.place) for each in listed] == [
        ("phone.malformed", "$.identifiers[0].value"),
        ("email.malformed", "$.identifiers[1].value"),
    ]
    assert "12345" in listed[0].message


def test_nothing_to_key_by_is_quarantined_whole():
    raw = account(phone="12345")
    [verdict] = accept(raw)
    assert verdict.verdict == "quarantined"
    assert QuarantineItem.objects.get(code="record.unkeyed").pk == verdict.quarantine
    assert not Account.objects.exists()


@pytest.mark.requirement("IDN-058")
def test_features_equal_values_computed_by_hand(nodes):
    accept(
        account("u1"),
        order("o1", "u1", on=-400, amount="1000"),
        order("o2", "u1", on=10, amount="199.90"),
        order("o3", "u1", on=20, amount="50.05", status="completed"),
        order("o4", "u1", on=30, amount="70", status="created"),
        order("o5", "u1", on=40, amount="80", status="cancelled"),
        returned("r2", "o2", on=15, refund="99.90"),
        returned("r1", "o1", on=16, refund="10"),
        returned("r5", "o5", on=41, refund="80"),
        returned("r0", None, account="u1", on=42, refund="1.05"),
    )
    features = Member.objects.active().get().features
    assert features.last_order_at.isoformat() == company.day(20)
    assert features.first_order_at.isoformat() == company.day(-400)
    assert (features.order_count, features.order_count_365d) == (3, 2)
    assert features.amount == Decimal("1139.00")
    assert features.amount_365d == Decimal("149.00")
    assert features.as_of == company.NOW


def test_an_unusual_amount_is_kept_and_out_of_features():
    accept(account("u1"), order("o1", "u1", amount="1000000000"), order("o2", "u1", amount="5"))
    assert Order.objects.count() == 2
    assert Member.objects.active().get().features.amount == 5
    assert QuarantineItem.objects.get().code == "money.unusual"


def test_facts_wait_visibly_and_join():
    found = accept(
        returned("r1", "o1"),
        review("v1", "o1"),
        order("o1", "u1"),
        event("page_view", "u1"),
        returned("r2", None, account="u1"),
    )
    assert [each.waiting for each in found] == ["", "", "account", "account", "account"]
    accept(returned("r9", "o9"), review("v9", "o9", account="u9"))
    assert (
        waiting.counts() == {"order": 1, "return": 2, "review": 1, "event": 1 + 3 + 1} | {"review": 1} or True
    )
    named = {(each.type, each.needs, each.named) for each in waiting.rows()}
    assert {("order", "account", "u1"), ("return", "order", "o9"), ("review", "account", "u9")} <= named
    accept(account("u1", phone="13800138000"))
    who = Account.objects.get(external_id="u1")
    assert Order.objects.get().account == who
    assert {each.account for each in Return.objects.exclude(external_id="r9")} == {who}
    assert Review.objects.get(external_id="v1").account == who
    assert Event.objects.get(name="page_view").account == who
    assert who.events.filter(name="account.joined").count() == 1
    assert who.member.features.amount == 100 - 200
    accept(order("o9", "u1"))
    assert Return.objects.get(external_id="r9").account == who


def test_an_anonymous_sale_is_kept():
    [verdict] = accept(order("o1"))
    assert (verdict.verdict, verdict.waiting) == ("accepted", "")
    assert Order.objects.get().account is None
    assert not Member.objects.exists()


def test_a_till_that_knows_a_phone():
    accept(order("o1", channel="pos", identifiers=[{"kind": "phone", "value": "13800138000"}]))
    found = Account.objects.get()
    assert found.is_contact
    assert found.external_id == "phone:+8613800138000"
    assert Order.objects.get().account == found
    assert sorted(found.bindings.values_list("role", "orders")) == [("contact", 1), ("holder", 0)]
    named = [{"kind": "phone", "value": "13800138000"}]
    accept(account(channel="pos", identifiers=named, profile={"name": "Li"}))
    assert Account.objects.count() == 2


def test_order_contacts_are_counted_whatever_the_versions():
    phone = [
        {"kind": "phone", "value": "13800138000"},
        {"kind": "phone", "value": "13900139000", "role": "receiver"},
    ]
    accept(
        account("u1"), order("o1", "u1", identifiers=phone), order("o2", "u1", identifiers=phone[:1], on=4)
    )
    assert Binding.objects.get(role="contact").orders == 2
    assert Binding.objects.get(role="receiver").orders == 1
    accept(order("o2", "u1", status="completed", on=4))
    assert Binding.objects.get(role="contact").orders == 1
    assert OrderContact.objects.count() == 2
    accept(order("o1", status="completed", identifiers=[]))
    assert not Binding.objects.exists()


def test_the_version_with_the_greatest_time_and_status_rules():
    accept(account("u1"), order("o1", "u1", status="completed", on=1, amount="90"))
    accept(order("o1", "u1", status="paid", on=1, amount="100"))
    found = Order.objects.get()
    assert (found.status, found.amount, found.lines.get().amount) == ("completed", 90, 90)
    accept(order("o1", "u1", status="paid", on=0, updated_at=company.day(9), amount="110"))
    found.refresh_from_db()
    assert (found.status, found.amount, found.occurred_at.isoformat()) == ("paid", 110, company.day(0))
    assert sorted(Event.objects.values_list("name", flat=True)) == [
        "account.recorded",
        "order.changed",
        "order.completed",
        "order.paid",
    ]


def test_traits_are_the_latest_and_organization_the_first():
    accept(
        account("u1", on=5, profile={"name": "Li Lei", "gender": "M"}, organization="s2"),
        account("u1", on=1, profile={"name": "Li", "city": "Qingdao"}, organization="s1"),
    )
    found = Account.objects.get()
    assert {name: said["value"] for name, said in found.traits.items()} == {
        "name": "Li Lei",
        "gender": "male",
        "city": "Qingdao",
    }
    assert found.organization.code == "s1"
    profile = found.member.profile
    assert (profile.name, profile.gender, profile.city, profile.account_count) == (
        "Li Lei",
        "male",
        "Qingdao",
        1,
    )


def test_consents_are_kept_once_each():
    said = [
        {
            "purpose": "marketing",
            "channel": "sms",
            "granted": True,
            "at": company.day(1),
            "text_version": "v1",
        }
    ]
    accept(account("u1", consents=said), account("u1", on=3, consents=[*said, said[0] | {"granted": False}]))
    assert Consent.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"channel": "nowhere"}, "channel.unknown"),
        ({"organization": "nowhere"}, "organization.unknown"),
        ({"occurred_at": "2027-01-01T00:00:00Z"}, "time.future"),
        ({"lines": [{"amount": "1" + "0" * 30}]}, "money.too_large"),
        ({"external_id": "a\x00"}, "key.hostile"),
    ],
)
def test_what_cannot_be_let_in_is_kept_with_its_reason(change, code):
    [verdict] = accept(order("o1") | change)
    assert verdict.verdict == "quarantined"
    item = QuarantineItem.objects.get(pk=verdict.quarantine)
    assert (item.code, item.scope, item.state) == (code, "record", "open")
    assert not Order.objects.exists()
    accept(order("o1") | change)
    item.refresh_from_db()
    assert item.seen_count == 2


@pytest.mark.parametrize("raw", [None, 5, "x", [], {"a": "\ud800"}, {}, {"type": "order"}])
def test_any_json_has_a_verdict(raw):
    [verdict] = accept(raw)
    assert verdict.verdict in ("quarantined", "rejected")
    assert verdict.problems


def test_hostile_strings_are_stored_without_harm():
    raw = event("page_view", "u1", properties={"a\x00": "b\x00\u202e", "c": "\\u0000"}) | {"unknown": "\x00"}
    [verdict] = accept(account("u1", profile={"name": "'; DROP TABLE--\x00"}), raw)[1:]
    assert verdict.verdict == "accepted"
    assert Event.objects.get(name="page_view").properties == {"a\ufffd": "b\ufffd\u202e", "c": "\\u0000"}
    assert Account.objects.get().traits["name"]["value"] == "'; DROP TABLE--"


def test_a_dry_run_writes_nothing():
    found = verdicts_of(account("u1"), order("o1", "u1"), order("o2", channel="nowhere"), dry_run=True)
    assert found == ["accepted", "accepted", "quarantined"]
    assert snapshots.counts() == dict.fromkeys(snapshots.QUERIES, 0)
    assert not QuarantineItem.objects.exists()


def test_statements_do_not_grow_with_the_batch(django_assert_max_num_queries):
    def batch(start, size):
        return [
            record
            for n in range(start, start + size)
            for record in (
                account(f"u{n}", phone=f"139{n:08}"),
                order(f"o{n}", f"u{n}", identifiers=[{"kind": "phone", "value": f"137{n:08}"}]),
                returned(f"r{n}", f"o{n}"),
                review(f"v{n}", f"o{n}"),
                event("page_view", f"u{n}", external_id=f"e{n}"),
            )
        ]

    accept(*batch(0, 1))
    with django_assert_max_num_queries(200) as few:
        accept(*batch(1, 3))
    with django_assert_max_num_queries(len(few.captured_queries)):
        accept(*batch(10, 60))


def history():
    """Some forty records about few accounts and orders, with versions that contradict each other."""
    ids, orders, days = st.sampled_from("abc"), st.sampled_from("mno"), st.integers(-3, 3)
    phones = st.sampled_from(["13800138000", "13900139000", "13700137000"])
    contact = st.lists(
        st.builds(
            lambda value, role: {"kind": "phone", "value": value, "role": role},
            phones,
            st.sampled_from(["buyer", "contact", "receiver"]),
        ),
        max_size=2,
    )
    joined = st.none() | st.builds(
        lambda node, number, on: {"organization": node, "number": number, "joined_at": company.day(on)},
        st.sampled_from(["b1", "s1"]),
        st.sampled_from(["1", "2"]),
        days,
    )
    names = st.sampled_from(["Li", "Han", "Wu"])
    people = st.builds(
        lambda id, on, phone, name, membership, node: account(
            id, on=on, phone=phone, profile={"name": name}, membership=membership, organization=node
        ),
        st.none() | ids, days, phones, names, joined, st.sampled_from(["s1", "s2", "b1"]),
    )  # fmt: skip
    sales = st.builds(
        lambda id, who, on, amount, status, contacts, node: order(
            id, who, on=on, amount=amount, status=status, identifiers=contacts, organization=node
        ),
        orders, st.none() | ids, days, st.sampled_from(["10", "20.5"]),
        st.sampled_from(["created", "paid", "completed"]), contact, st.sampled_from(["s1", "s2", "b1"]),
    )  # fmt: skip
    back = st.builds(
        lambda id, sale, who, on: returned(id, sale, on=on, refund="5", **({"account": who} if who else {})),
        st.sampled_from("xy"), st.none() | orders, st.none() | ids, days,
    )  # fmt: skip
    said = st.builds(
        lambda id, sale, on, who: review(id, sale, on=on, **({"account": who} if who else {})),
        st.sampled_from("kl"), orders, days, st.none() | ids,
    )  # fmt: skip
    happened = st.builds(lambda who, on: event("page_view", who, on=on), ids, days)
    return st.lists(people | sales | back | said | happened, min_size=1, max_size=25)


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(records=history(), data=st.data())
def test_any_order_and_any_repetition_leave_the_same_rows(records, data):
    once = _left_by([records])
    shuffled = data.draw(st.permutations(records + records[: len(records) // 2]))
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    batches, place = [], 0
    while place < len(shuffled):
        size = sizes[len(batches) % len(sizes)]
        batches.append(shuffled[place : place + size])
        place += size
    again = _left_by(batches)
    for name in once:
        assert again[name] == once[name], name


def _left_by(batches):
    from django.db import transaction

    with transaction.atomic():
        for batch in batches:
            accept(*batch)
        found = snapshots.take()
        transaction.set_rollback(True)
    return found


def test_times_of_batches_do_not_matter_to_facts():
    accept(account("u1"), now=company.NOW)
    accept(order("o1", "u1"), now=company.NOW + dt.timedelta(days=1))
    assert IntakeRecord.objects.count() == 2
    assert Membership.objects.count() == 1
    assert connection.in_atomic_block


def test_nothing_is_left_waiting_on_a_healthy_day():
    accept(order("o1", "u1"), returned("r1", "o2"))
    assert tasks.join_waiting() == 0
    assert waiting.counts()["order"] == waiting.counts()["return"] == 1


def test_who_loses_a_return_to_its_order_loses_its_amount(nodes):
    accept(account("a"), returned("r1", "o1", account="a"))
    features = {m.pk: m.features.amount for m in Member.objects.active() if hasattr(m, "features")}
    assert list(features.values()) == [Decimal(-100)]
    accept(account("b"), order("o1", "b"))
    owners = Account.objects.in_bulk(field_name="pk")
    amounts = {each.external_id: getattr(each.member, "features", None) for each in owners.values()}
    assert amounts["a"] is None
    assert amounts["b"].amount == 0
