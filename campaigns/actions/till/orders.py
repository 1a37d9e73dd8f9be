"""The basket of a sale as its till knows it: sent as often as it changes, each time with a greater revision."""

import datetime as dt

from django.db import transaction

from campaigns.actions.till import holding, sales
from campaigns.actions.till.sales import Till
from campaigns.queries.till import pricing
from campaigns.queries.till.pricing import Asked, Priced


@transaction.atomic
def put(*, till: Till, asked: Asked, text: bytes, revision: int, now: dt.datetime) -> Priced:
    """Keep the basket, and price it. The same revision may be sent again with the same content only.

    Raises what `sales.lock` does, Ended, Outdated, Raced.
    """
    sale = holding.opened(till=till, revision=revision, now=now)
    if sale and revision == sale.revision and sale.asked != text.decode():
        raise sales.Outdated(sale.revision)
    priced = pricing.price(asked=asked, place=till.place, node=till.node, channel=till.channel, now=now)
    told = {"till": till, "priced": priced, "asked": text, "revision": revision, "now": now}
    if sale is None:
        sales.open_(**told)
    else:
        sales.change(sale=sale, **told)
    return priced
