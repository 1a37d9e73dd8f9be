"""What coupons are good for, in the words of whoever has them. A query for each sort of thing that they name."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from django.utils.translation import gettext as _

from campaigns.models import CouponTemplate
from campaigns.offers import forms, reading, telling
from campaigns.offers.offer import Offer
from campaigns.offers.wording import Named
from members.models import Book, Channel, GoodsSet, Organization, Tier

Names = Mapping[str, str]
NAMED = {
    "organization": Organization,
    "channel": Channel,
    "set": GoodsSet,
    "book": Book,
    "template": CouponTemplate,
}


def says(*, templates: Collection[CouponTemplate], language: str) -> dict[int, str]:
    """A sentence for each template, by its id."""
    offers = {each.pk: offer(each) for each in templates if each.frozen}
    named = _named(offers.values())
    told = {pk: telling.to_customers(each, language=language, named=named) for pk, each in offers.items()}
    return {each.pk: told.get(each.pk) or _service(each) for each in templates}


def offer(template: CouponTemplate) -> Offer:
    """As it was opened."""
    return reading.from_builtins(template.frozen, Offer)


def _service(template: CouponTemplate) -> str:
    return _("Service: %s") % template.get_ticket_kind_display()


def _named(offers: Iterable[Offer]) -> Named:
    """What people call the codes that these offers name; the code where they call it nothing else."""
    asked: dict[str, set[str]] = defaultdict(set)
    for each in offers:
        trigger, form = each.trigger, each.form
        asked["organization"] |= trigger.organizations
        asked["channel"] |= trigger.channels
        asked["tier"] |= trigger.tiers
        asked["set"] |= trigger.goods.sets
        if isinstance(form, (forms.GivenPoints, forms.Multiplier)):
            asked["book"].add(form.book)
        if isinstance(form, forms.Voucher):
            asked["template"].add(form.template)
    found = {kind: _read(kind)(codes) for kind, codes in asked.items() if codes}
    return lambda kind, code: found.get(kind, {}).get(code, code)


def _read(kind: str) -> Callable[[set[str]], Names]:
    return _tiers if kind == "tier" else lambda codes: _names(NAMED[kind], codes)


def _names(model: type, codes: set[str]) -> Names:
    return dict(model.objects.filter(code__in=codes).values_list("code", "name"))


def _tiers(codes: set[str]) -> Names:
    """A programme is called like its organization."""
    pairs = [code.partition(":") for code in codes]
    rows = Tier.objects.filter(
        programme__organization__code__in=[place for place, _colon, _tier in pairs],
        code__in=[tier for _place, _colon, tier in pairs],
    )
    told = rows.values_list("programme__organization__code", "code", "name")
    return {f"{place}:{code}": name for place, code, name in told}
