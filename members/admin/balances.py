"""What a member holds, on his page."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin import adjustments
from members.admin.panels import Panel, register
from members.models import Member
from members.queries import balances

SHOWN = 3
DAY = dt.timedelta(days=1)


def _balances(member: Member, request) -> dict | None:
    """In the books around the reader's node, over all accounts of the member: that is what he can spend."""
    seen = set(adjustments.books(request).values_list("pk", flat=True))
    held = [each for each in balances.of(members=[member.pk], now=timezone.now()) if each.book in seen]
    rows = [{"balance": each, "ending": _last_days(each)} for each in held]
    waiting = adjustments.waiting_of(member, request)
    may_adjust = bool(seen) and request.user.has_perm(adjustments.ADD)
    return (
        {"rows": rows, "waiting": waiting, "may_adjust": may_adjust}
        if rows or waiting or may_adjust
        else None
    )


def _last_days(balance):
    """(last day on which it can be spent, how much)."""
    return [(timezone.localtime(at) - DAY, amount) for at, amount in balance.expiring[:SHOWN]]


register(Panel(_("Points and value"), "members/panels/balances.html", _balances, position=10, tab="value"))
