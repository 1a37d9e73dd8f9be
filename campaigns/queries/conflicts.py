"""What is wrong with the offers of a version, beside what is live where it shall hold."""

import datetime as dt

from django.utils import timezone

from campaigns.models import ActivityVersion, CouponTemplate
from campaigns.offers import checking
from campaigns.offers.basket import Line
from campaigns.offers.checking import WARNING, Finding
from campaigns.offers.offer import Offer
from campaigns.queries import live, sold, trying


def of(*, version: ActivityVersion, now: dt.datetime) -> tuple[tuple[Finding, ...], dict[str, Offer]]:
    """The findings about offers that are complete, and by their codes the offers that they name. Warnings are found by trying
    the articles that were sold there lately; what was never sold yet is not wrong for that."""
    offers, _unfit = trying.offers(version=version)
    begin = max(version.starts_at, now)
    rules = live.rules(store=version.activity.organization, at=begin)
    beside = [offer for offer in rules.offers if offer.activity != version.activity.code]
    templates = frozenset(CouponTemplate.objects.values_list("code", flat=True))
    wall = timezone.make_naive(begin)
    found = checking.check(offers, at=wall, beside=beside, templates=templates)
    prices = sold.lately(node=version.activity.organization, currency=_currency(offers))
    found += tuple(_warnings(offers, beside, wall, prices))
    return found, {offer.code: offer for offer in (*offers, *beside)}


def faults(found: tuple[Finding, ...]) -> list[Finding]:
    """Those for which an offer can never apply."""
    return [each for each in found if each.level == checking.FAULT]


def _warnings(
    offers: list[Offer], beside: list[Offer], wall: dt.datetime, prices: list[Line]
) -> list[Finding]:
    if not prices:
        return []
    tried = checking.check(offers, at=wall, beside=beside, prices=prices)
    return [each for each in tried if each.level == WARNING]


def _currency(offers: list[Offer]) -> str:
    return next((offer.currency for offer in offers if offer.currency), "CNY")
