"""Unique codes: many at once, each once, however often the worker dies."""

import re
import secrets

import pytest
from django.db import IntegrityError, transaction

from campaigns import coupon_codes, tasks
from campaigns.actions import coupon_batches, coupon_templates, coupons
from campaigns.models import Coupon, CouponBatch
from members.ledger import codes
from tests import factories
from tests.campaigns.offering import DAY, NOW, author
from tests.campaigns.vouchers import brought, standing, template
from tests.connections import at_once
from tests.killing import killed_before


def ask(template, count, *, name="flyer"):
    return coupon_batches.ask(template=template, name=name, count=count, by=author(), now=NOW)


def test_codes_are_made_some_at_a_time_and_each_is_its_own(nodes):
    ours = template(organization=nodes["g"], quota=2_500, claim_until=NOW + DAY)
    batch = ask(ours, 2_500)
    assert (batch.share, standing(ours)) == (0, (2_500, 0))
    shares = []
    while coupon_batches.advance(now=NOW, size=1_000):
        batch.refresh_from_db()
        shares.append(batch.share)
    assert (shares, batch.done_at) == ([0.4, 0.8, 1.0], NOW)
    made = Coupon.objects.filter(batch=batch, state="made", valid_until=NOW + DAY)
    assert made.values("code").distinct().count() == 2_500
    assert all(
        re.fullmatch(f"[{codes.ALPHABET}]{{10}}", code) for code in made.values_list("code", flat=True)
    )


def test_they_count_against_the_quota_from_the_beginning(nodes):
    ours = template(organization=nodes["g"], quota=10)
    ask(ours, 8)
    with pytest.raises(coupons.UsedUp, match="2 are left"):
        ask(ours, 3)
    assert CouponBatch.objects.count() == 1
    with pytest.raises(coupon_templates.Refused, match="still being made"):
        coupon_templates.close(template=ours, reason="over", by=author(), now=NOW)


def test_the_worker_makes_what_was_asked_for(nodes):
    ask(template(organization=nodes["g"]), 30)
    ask(template(organization=nodes["g"]), 20, name="letter")
    assert tasks.make_coupons() == 50
    assert tasks.make_coupons() == 0
    assert list(CouponBatch.objects.order_by("id").values_list("made", flat=True)) == [30, 20]


def test_codes_of_others_are_brought_in_all_or_none(nodes):
    ours = template(organization=nodes["g"])
    assert [coupon.code for coupon in brought(ours, "tmall-O1", "X2")] == ["TMA1101", "X2"]
    for codes_ in (["X3", "x-2"], ["X4", "X4"], ["X5", ""], ["X6", "Y" * 41]):
        with pytest.raises(coupons.Refused), transaction.atomic():
            brought(ours, *codes_)
    assert (Coupon.objects.count(), standing(ours)) == (2, (2, 0))


def test_codes_of_a_batch_that_nobody_claimed_are_withdrawn(nodes):
    ours = template(organization=nodes["g"])
    batch = ask(ours, 30)
    coupon_batches.advance(now=NOW)
    account = factories.account(channel=factories.channel(organization=nodes["g"]))
    mine = coupons.claim_code(code=Coupon.objects.first().code, account=account, now=NOW)
    told = {"batch": batch, "reason": "misprinted", "by": author(), "now": NOW, "size": 20}
    assert [coupons.withdraw_codes(**told) for _ in range(3)] == [20, 9, 0]
    assert list(Coupon.objects.exclude(state="withdrawn")) == [mine]


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_any_statement_makes_none_twice_and_loses_none():
    ours = template(organization=factories.organization())
    batch = ask(ours, 50)
    number = 0
    while killed_before(number := number + 1, lambda: coupon_batches.advance(now=NOW, size=10)):
        assert number < 50
    while coupon_batches.advance(now=NOW, size=10):
        pass
    batch.refresh_from_db()
    assert (batch.made, Coupon.objects.filter(batch=batch).count()) == (50, 50)


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_what_was_asked_for_and_no_more():
    ours = template(organization=factories.organization())
    batches = [ask(ours, 40, name=name) for name in ("a", "b")]

    def work():
        made = 0
        while count := coupon_batches.advance(now=NOW, size=10):
            made += count
        return made

    assert sum(at_once(work, work)) >= 40
    work()
    assert [Coupon.objects.filter(batch=batch).count() for batch in batches] == [40, 40]


def test_the_database_lets_no_batch_be_done_before_it_is(nodes):
    batch = ask(template(organization=nodes["g"]), 10)
    for fields in ({"made": 11, "done_at": NOW}, {"done_at": NOW}, {"count": 0}, {"made": 10}):
        with pytest.raises(IntegrityError, match="coupon_batch_"), transaction.atomic():
            CouponBatch.objects.filter(pk=batch.pk).update(**fields)


def test_a_code_says_all_its_bits():
    ones = coupon_codes.many(count=1, random=lambda count: b"\xff" * count)
    assert (ones, coupon_codes.many(count=2, random=bytes)) == (["Z" * 10], ["0" * 10] * 2)
    drawn = b"\x00\x00\x00\x00\x00\x00\x01" + b"\x00\x20" + b"\x00" * 5
    assert coupon_codes.many(count=2, random=lambda _count: drawn) == ["0000000001", "1000000000"]
    assert coupon_codes.normal(" 7k2m-q4tx oIl ") == "7K2MQ4TX011"


def test_many_codes_are_hardly_ever_the_same():
    made = coupon_codes.many(count=100_000, random=secrets.token_bytes)
    assert len(set(made)) >= 99_999
