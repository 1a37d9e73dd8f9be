"""The way in: what is let in, what is kept aside, and why."""

import pytest

from identity.models import Binding, QuarantineItem
from members.models import Account, Event, Order
from tests.identity import snapshots
from tests.identity.company import accept, account, event, order, returned, review, verdicts_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


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
