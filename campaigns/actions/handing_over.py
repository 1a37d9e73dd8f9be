"""A gift voucher at the counter without a purchase: the gift is handed over.

One transaction: the coupon is used up and the gift leaves the stock, the budgets behind it pay, and an order of nothing,
marked as a reward, tells what was given. Locks: the coupon, the counter of gifts, then the ledger's.
"""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions import budgets, coupon_uses, coupons
from campaigns.models import Coupon
from campaigns.offers import forms
from campaigns.offers.scales import PIECE
from campaigns.queries import coupon_words
from campaigns.queries import coupons as read
from identity.actions import locks
from members.actions import holds, orders, postings
from members.models import Account, Channel, Organization

A_MOMENT = dt.timedelta(minutes=1)  # for which the budgets reserve what they pay at once
NO_CURRENCY = "CNY"  # of an amount of 0


class NeedsSale(coupons.Refused):
    """What it gives hangs on what is bought."""


class NoSuchGift(coupons.Refused):
    """It is none of those to choose from."""


class Gift(NamedTuple):
    sku: str
    quantity: str
    order: int


@transaction.atomic
def hand_over(
    *, coupon: Coupon, number: str, channel: Channel, organization: Organization, account: Account | None, key: str,
    now: dt.datetime, sku: str | None = None, staff: str = "",
) -> Gift:  # fmt: skip
    """``number``: the channel's, of the receipt; ``account``: None for a guest with a printed code; ``sku``: which of several.
    Raises NeedsSale, NoSuchGift, coupon_uses.NotUsable and OutOfStock, budgets.NoBudget, versions.Raced."""
    template = coupon.template
    if not read.is_handed_over(template=template):
        raise NeedsSale(_("The coupon %s is used by a sale: name it with the basket.") % coupon.code)
    gift: forms.Article = coupon_words.offer(template).form
    if sku is not None and sku not in gift.skus:
        told = {"sku": sku, "skus": ", ".join(gift.skus)}
        raise NoSuchGift(_("“%(sku)s” is no gift of this voucher: it gives %(skus)s.") % told)
    locks.shared()
    if (found := coupons.locked(code=coupon.code)).state == Coupon.State.REDEEMED:
        raise coupon_uses.NotUsable(found.code, coupons.why_not(coupon=found))
    coupon_uses.redeem(
        codes=[coupon.code], organization=organization, channel=channel, order_key=number, staff=staff,
        account=account, now=now,
    )  # fmt: skip
    _pay(template, gift.worth, key, number, organization, account, now)
    chosen = sku or gift.skus[0]
    order = _order(coupon, chosen, gift, number, channel, organization, account, staff, now)
    return Gift(chosen, f"{Decimal(gift.quantity) / PIECE:f}", order)


def _pay(template, worth, key, number, organization, account, now) -> None:
    offer = f"coupon:{template.code}"
    paid = template.shares.select_related("budget__book")
    shares = {offer: [(each.budget, each.basis_points) for each in paid]}
    if costs := budgets.costs(amounts={offer: worth}, shares=shares):
        budgets.hold(
            costs=costs, account=account, key=key, until=now + A_MOMENT, now=now, cause=number, organization=organization,
        )  # fmt: skip
        holds.commit(key=key, now=now)


def _order(coupon, sku, gift, number, channel, organization, account, staff, now) -> int:
    """No other voucher of the same receipt has its number."""
    none, external_id = Decimal(0), f"{number}#gift-{coupon.pk}"
    line = (1, sku, "", "", Decimal(gift.quantity) / PIECE, none, none, none, "")
    version = orders.Version(
        channel=channel.pk, external_id=external_id, account=account.pk if account else None, account_key="",
        organization=organization.pk, occurred_at=now, status="paid", currency=coupon.template.currency or NO_CURRENCY, amount=none,
        discount=none, shipping=none, cashier=staff, guide="", coupons=[],
        attribution={"offers": [f"coupon:{coupon.template.code}"], "coupon": coupon.pk}, version_at=now,
        digest=postings.digest("gift", channel.pk, external_id).hex, lines=[line], payments=[], reward=True,
    )  # fmt: skip
    keys = {(channel.pk, external_id)}
    return orders.record(versions=[version], known=orders.lock(keys=keys))[channel.pk, external_id].id
