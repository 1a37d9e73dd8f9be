"""The appliances of a member on his page: what they are, their warranties, and what was bought for them."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import masking
from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Account, Member
from members.queries import appliances, scopes


def _appliances(member: Member, request: HttpRequest) -> dict | None:
    mine = reach(request)
    rows = [
        {
            "own": each,
            "buyer": _who(each.appliance.account, mine),
            "binder": _who(each.appliance.bound_account, mine),
        }
        for each in appliances.of(member=member, now=timezone.now())
    ]
    return {"rows": rows} if rows else None


def _who(account: Account | None, mine: scopes.Reach) -> str:
    """The account, masked; somebody out of reach is not named."""
    if account is None:
        return ""
    if not scopes.knows(Account.objects.filter(pk=account.pk), reach=mine):
        return str(_("somebody else"))
    return f"{account.channel.name} {masking.identifier(account.external_id)}"


register(Panel(_("Appliances"), "members/panels/appliances.html", _appliances, position=20, tab="rights"))
