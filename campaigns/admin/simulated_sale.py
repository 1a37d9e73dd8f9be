"""A past order as it would have been priced: what each line costs without the draft and with it, and of each offer why."""

import msgspec
from django.utils.formats import date_format

from campaigns.admin import units, verdict_words
from campaigns.admin.offer_choices import Offered
from campaigns.models import Simulation
from campaigns.offers.quote import Quote
from campaigns.queries.simulating.samples import Sample
from campaigns.queries.trying import Tried
from members.models import Order


def context(simulation: Simulation, sample: Sample, *, offered: Offered) -> dict:
    """Of ``campaigns/simulated_sale.html``."""
    currency, priced = simulation.currency, sample.priced
    tried = Tried(_whole(sample), sample.own, (), sample.offers)
    order = Order.objects.select_related("organization").get(pk=sample.sale.order)
    return {
        "order": order, "when": date_format(sample.sale.at, "j M Y, H:i"), "tier": sample.tier, "new": sample.new,
        "guest": sample.sale.member is None, "lines": _lines(sample, tried, currency),
        "rows": verdict_words.rows(tried, currency=currency, offered=offered),
        "list": units.money(priced.before.total_list, currency), "before": units.money(priced.before.total, currency),
        "after": units.money(priced.after.total, currency), "proven": priced.before.proven and priced.after.proven,
    }  # fmt: skip


def _whole(sample: Sample) -> Quote:
    """The answer with the draft; where it does not touch the order, that without it and why."""
    priced = sample.priced
    if priced.after is not priced.before:
        return priced.after
    return msgspec.structs.replace(priced.after, verdicts=(*priced.verdicts, *priced.after.verdicts))


def _lines(sample: Sample, tried: Tried, currency: str) -> list[dict]:
    skus = {line.number: line.sku for line in sample.sale.lines}
    before = {line.number: line for line in sample.priced.before.lines}
    return [
        {
            "sku": skus[line.number], "pieces": units.pieces(line.quantity), "list": units.money(line.list, currency),
            "before": units.money(before[line.number].net, currency), "after": units.money(line.net, currency),
            "parts": [
                (tried.name(part.offer), units.money(part.amount, currency), part.offer in sample.own) for part in line.parts
            ],
        }
        for line in sample.priced.after.lines
    ]  # fmt: skip
