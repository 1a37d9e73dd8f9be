"""Staff free what a sale holds that its till forgot: as if its time were up."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.till import releasing, sales
from campaigns.actions.till.sales import Till
from campaigns.models import TillOrder
from campaigns.queries.till.places import Place


class NotHeld(ValueError):
    """There is nothing to free."""

    def __init__(self, number: str) -> None:
        super().__init__(_("The sale %s holds nothing any more.") % number)


@transaction.atomic
def free(*, sale: TillOrder, now: dt.datetime) -> None:
    """The sale is open again, its coupons, value and budgets are free; its till can still sell it by sending the basket.
    A till that commits beside this comes first or is told that nothing is held. Raises NotHeld."""
    till = Till(sale.channel, sale.store, Place(sale.store, ()), sale.number)
    found = sales.lock(till=till)
    if found is None or found.state != sales.HELD:
        raise NotHeld(sale.number)
    releasing.release(sale=found, till=till, now=now)
