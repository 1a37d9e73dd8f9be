"""Runs in an environment of its own that has django-oscar: its applicator over the cases on standard input.

Stripped of SQL: what it reads from the database (ranges and what belongs to them, prices, combinations) lies in memory, and any
statement is an error. All else is its own code as it ships: Applicator.apply_offers with its conditions, benefits and lines.
Out come, for each case, the discount in fen, the seconds of processor time, and whether it used a piece twice.
"""

import json
import sys
import time
from decimal import Decimal

import django
from django.conf import settings
from oscar import defaults

APPS = """django.contrib.admin django.contrib.auth django.contrib.contenttypes django.contrib.sessions django.contrib.messages
django.contrib.sites django.contrib.flatpages oscar.config.Shop oscar.apps.analytics.apps.AnalyticsConfig
oscar.apps.checkout.apps.CheckoutConfig oscar.apps.address.apps.AddressConfig oscar.apps.shipping.apps.ShippingConfig
oscar.apps.catalogue.apps.CatalogueConfig oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig
oscar.apps.communication.apps.CommunicationConfig oscar.apps.partner.apps.PartnerConfig oscar.apps.basket.apps.BasketConfig
oscar.apps.payment.apps.PaymentConfig oscar.apps.offer.apps.OfferConfig oscar.apps.order.apps.OrderConfig
oscar.apps.customer.apps.CustomerConfig oscar.apps.search.apps.SearchConfig oscar.apps.voucher.apps.VoucherConfig
oscar.apps.wishlists.apps.WishlistsConfig oscar.apps.dashboard.apps.DashboardConfig
oscar.apps.dashboard.reports.apps.ReportsDashboardConfig oscar.apps.dashboard.users.apps.UsersDashboardConfig
oscar.apps.dashboard.orders.apps.OrdersDashboardConfig oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig
oscar.apps.dashboard.offers.apps.OffersDashboardConfig oscar.apps.dashboard.partners.apps.PartnersDashboardConfig
oscar.apps.dashboard.pages.apps.PagesDashboardConfig oscar.apps.dashboard.ranges.apps.RangesDashboardConfig
oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig
oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig
oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig
widget_tweaks haystack treebeard django_tables2"""
settings.configure(
    **{name: getattr(defaults, name) for name in dir(defaults) if name.isupper()},
    INSTALLED_APPS=APPS.split(),
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    SITE_ID=1,
    SECRET_KEY="none",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import connection  # noqa: E402
from oscar.apps.basket.abstract_models import AbstractLine  # noqa: E402
from oscar.apps.offer.applicator import Applicator  # noqa: E402
from oscar.apps.offer.models import Benefit, Condition, ConditionalOffer, Range  # noqa: E402

CENT = Decimal("0.01")
TYPES = {"percentage": "Percentage", "unit": "Fixed", "multibuy": "Multibuy", "bundle": "Fixed price"}
RANGES = {}


class NoCombinations:
    def count(self):
        return 0


class Product:
    is_discountable = True

    def __init__(self, sku):
        self.id = sku


class Line:
    """A line that is not a row, with oscar's own reckoning."""

    clear_discount, discount, consume = (
        AbstractLine.clear_discount,
        AbstractLine.discount,
        AbstractLine.consume,
    )
    quantity_with_offer_discount = AbstractLine.quantity_with_offer_discount
    quantity_without_offer_discount = AbstractLine.quantity_without_offer_discount
    is_available_for_offer_discount = AbstractLine.is_available_for_offer_discount
    stockrecord, stockrecord_id = True, 1

    def __init__(self, sku, price, pieces):
        self.product, self.quantity, self.unit_effective_price = Product(sku), pieces, Decimal(price)
        self.clear_discount()


class Basket:
    owner, currency = None, "CNY"

    def __init__(self, lines):
        self.lines = [Line(*line) for line in lines]

    def all_lines(self):
        return self.lines


def offer(number, kind, value, pieces, skus):
    RANGES[number] = goods = Range(id=number, name=str(number))
    goods.skus = frozenset(skus)
    asked = Condition(id=number, type="Count", value=Decimal(pieces), range_id=number)
    given = Benefit(id=number, type=TYPES[kind], value=Decimal(value), range_id=number)
    once = 1 if kind in ("multibuy", "bundle") else None
    return ConditionalOffer(
        id=number, name=str(number), condition=asked, benefit=given, max_basket_applications=once
    )


def main():
    Condition.range = Benefit.range = property(lambda self: RANGES[self.range_id])
    Range.contains_product = lambda self, product: product.id in self.skus
    ConditionalOffer.combinations = NoCombinations()
    answers = []
    with connection.execute_wrapper(_refuse):
        for lines, offers in json.load(sys.stdin):
            rules = [offer(number, *told) for number, told in enumerate(offers, 1)]
            basket = Basket(lines)
            begun = time.process_time()
            Applicator().apply_offers(basket, rules)
            spent = time.process_time() - begun
            discount = sum((line.discounts.total for line in basket.lines), Decimal(0))
            answers.append([int(discount / CENT), spent, any(_is_used_twice(line) for line in basket.lines)])
    json.dump(answers, sys.stdout)


def _is_used_twice(line):
    """Whether offers that exclude each other took more pieces than there are: a multibuy also discounts one that is used up."""
    used = dict(line.discounts._consumptions)
    discounted = {}
    for each in line.discounts.all():
        discounted[each.offer.pk] = discounted.get(each.offer.pk, 0) + each.quantity
    return sum(max(used.get(key, 0), discounted.get(key, 0)) for key in {*used, *discounted}) > line.quantity


def _refuse(execute, statement, *_rest):
    raise RuntimeError(f"not stripped of SQL: {statement}")


main()
