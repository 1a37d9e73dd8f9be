"""What is wrong with the offers of a version, beside what is live where it shall hold."""

import datetime as dt

from django.utils import timezone

from campaigns.models import ActivityVersion, CouponTemplate
from campaigns.offers import checking
from campaigns.offers.checking import Finding
from campaigns.offers.offer import Offer
from campaigns.queries import live, trying


def of(*, version: ActivityVersion, now: dt.datetime) -> tuple[tuple[Finding, ...], dict[str, Offer]]:
    """The findings about offers that are complete, and by their codes the offers that they name."""
    offers, _unfit = trying.offers(version=version)
    begin = max(version.starts_at, now)
    rules = live.rules(store=version.activity.organization, at=begin)
    beside = [offer for offer in rules.offers if offer.activity != version.activity.code]
    templates = frozenset(CouponTemplate.objects.values_list("code", flat=True))
    wall = timezone.make_naive(begin)
    found = checking.check(offers, at=wall, beside=beside, templates=templates)
    return found, {offer.code: offer for offer in (*offers, *beside)}
