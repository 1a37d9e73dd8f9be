"""What the sample company's stores sell under today: an activity with three offers, a coupon that anybody may get, a budget
that pays for them, and a till to try them with."""

import datetime as dt
import secrets
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from campaigns.actions import activities, budgets, coupon_templates, coupons
from campaigns.models import Activity, Budget, Coupon, CouponTemplate
from config.demo import company, founding, loyalty
from identity.models import Binding
from members.actions import books, keys
from members.models import Account, Book, Channel, ChannelKey, Organization

ACTIVITY, BUDGET, COUPON, TILL = "SEASON", "season", "TWENTY", "till to try"
PUT_IN = Decimal(1_000_000)
COUPONS = 5  # so many of them are somebody's already
OFFERS = (
    {
        "name": "Every 300 less 30 每满300减30", "trigger": {"threshold": {"of": "amount", "least": 30_000}},
        "execution": "reduce", "form": {"kind": "cash", "amount": 3_000},
        "limits": {"every": True, "most_amount": 30_000},
    },
    {
        "name": "Silver and gold: 5 % 银卡金卡95折",
        "trigger": {"members": True, "tiers": [f"{company.GROUP}:silver", f"{company.GROUP}:gold"]},
        "execution": "reduce", "form": {"kind": "percentage", "off": 500}, "limits": {"stack": 2},
    },
    {
        "name": "From 500 on, 50 points 满500送50积分",
        "trigger": {"members": True, "threshold": {"of": "amount", "least": 50_000}}, "execution": "add",
        "form": {"kind": "points", "book": loyalty.POINTS, "amount": 50, "worth": 50}, "limits": {"stack": 3},
    },
)  # fmt: skip
TWENTY = {
    "name": "20 off from 100 满100减20券", "trigger": {"threshold": {"of": "amount", "least": 10_000}},
    "execution": "reduce", "form": {"kind": "cash", "amount": 2_000}, "limits": {"stack": 4},
}  # fmt: skip


@transaction.atomic
def found(*, by: AbstractBaseUser, approver: AbstractBaseUser, now: dt.datetime) -> None:
    """Whatever of it is not there yet. Made by one, approved by another."""
    group = Organization.objects.get(code=company.GROUP)
    budget = _budget(group, by, now)
    if not Activity.objects.filter(code=ACTIVITY).exists():
        _publish(group, budget, by, approver, now)
    if not CouponTemplate.objects.filter(code=COUPON).exists():
        _claimed(_template(group, budget, by, approver, now), now)


def key() -> str:
    """Of a new key for one till of the store; an earlier one opens nothing any more."""
    for old in ChannelKey.objects.filter(name=TILL, revoked=False):
        keys.revoke(key=old)
    channel, store = Channel.objects.get(code="pos"), Organization.objects.get(code=founding.STORE)
    return keys.issue(channel=channel, organization=store, scopes=["query", "value"], name=TILL)[1]


def telephone() -> str:
    """Of somebody who has the coupon and bought at the store; "" if there is nobody."""
    found = Binding.objects.filter(
        identifier__kind="phone", account__member__accounts__memberships__organization__code=founding.STORE,
        account__member__accounts__in=Coupon.objects.filter(template__code=COUPON).values("account"),
    )  # fmt: skip
    return found.order_by("id").values_list("identifier__value", flat=True).first() or ""


def _budget(group: Organization, by: AbstractBaseUser, now: dt.datetime) -> Budget:
    known = Budget.objects.filter(code=BUDGET).first()
    if known:
        return known
    book = Book.objects.filter(code=BUDGET).first() or books.create(
        organization=group,
        code=BUDGET,
        name="Campaign money 活动预算",
        kind=Book.Kind.BUDGET,
        unit="CNY",
        scale=2,
    )
    made = budgets.create(
        organization=group, code=BUDGET, name="Season 当季活动", book=book, owner=by, by=by, now=now
    )
    budgets.fund(budget=made, amount=PUT_IN, key=f"demo {BUDGET}", reason="for the season", by=by, now=now)
    return made


def _publish(group: Organization, budget: Budget, by, approver, now: dt.datetime) -> None:
    version = activities.draft(
        organization=group, code=ACTIVITY, name="Season 当季活动", starts_at=now, by=by, now=now
    )
    for position, offer in enumerate(OFFERS, start=1):
        shares = {budget: 10_000}
        activities.put_offer(version=version, position=position, by=by, now=now, shares=shares, **offer)
    activities.submit(version=version, by=by, now=now)
    activities.approve(version=version, by=approver, now=now)


def _template(group: Organization, budget: Budget, by, approver, now: dt.datetime) -> CouponTemplate:
    made = coupon_templates.draft(
        organization=group, code=COUPON, kind="consumption", by=by, now=now, shares={budget: 10_000},
        claim_from=now, **TWENTY,
    )  # fmt: skip
    return coupon_templates.open_(template=made, by=approver, now=now)


def _claimed(template: CouponTemplate, now: dt.datetime) -> None:
    """By some who buy at the store and gave their telephone."""
    store = founding.STORE
    bound = Binding.objects.filter(
        identifier__kind="phone", account__channel__code="pos", account__memberships__organization__code=store
    )
    buyers = (
        Account.objects.filter(pk__in=bound.values("account")).order_by("member", "id").distinct("member")
    )
    for account in buyers[:COUPONS]:
        coupons.claim(template=template, account=account, key=f"demo:{secrets.token_hex(8)}", now=now)
