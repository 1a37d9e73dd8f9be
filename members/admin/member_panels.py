"""What the ground itself knows of a member: profile, levels, orders, returns, reviews, consents, events."""

from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member, Organization
from members.queries import histories, memberships, scopes

SHOWN = 12
AT_MOST = 2_000


def _head(member: Member, request) -> dict:
    profile = getattr(member, "profile", None)
    stars = [review.rating for review in histories.reviews(member=member, reach=reach(request))[:AT_MOST]]
    return {
        "profile": profile,
        "initial": ((profile and (profile.name or profile.nickname)) or "–")[0],
        "bought": histories.bought(member=member, reach=reach(request)),
        "last_order": histories.orders(member=member, reach=reach(request))
        .values_list("occurred_at", flat=True)
        .first(),
        "account_count": histories.accounts(member=member, reach=reach(request)).active().count(),
        "reviews": len(stars),
        "stars": sum(stars) / len(stars) if stars else None,
    }


def _profile(member, request):
    rows = list(histories.accounts(member=member, reach=reach(request)))
    addresses = [
        {"account": row, "text": row.traits["address"]["value"]}
        for row in rows
        if isinstance(row.traits.get("address"), dict) and row.traits["address"].get("value")
    ]
    return {"profile": getattr(member, "profile", None), "addresses": addresses}


def _levels(member, request):
    mine = reach(request)
    levels = memberships.levels(member=member)
    if not mine.everything:
        nodes = scopes.around_organization(Organization.objects.all(), reach=mine, field="pk")
        codes = set(nodes.values_list("code", flat=True))
        levels = [level for level in levels if level.organization in codes]
    return {"levels": levels}


def _orders(member, request):
    shown, more = _page(histories.orders(member=member, reach=reach(request)), request, "orders")
    return (
        {"orders": shown, "more": more, "bought": histories.bought(member=member, reach=reach(request))}
        if shown
        else None
    )


def _returns(member, request):
    shown, more = _page(histories.returns(member=member, reach=reach(request)), request, "returns")
    return {"returns": shown, "more": more} if shown else None


def _reviews(member, request):
    shown, more = _page(histories.reviews(member=member, reach=reach(request)), request, "reviews")
    return {"reviews": shown, "more": more} if shown else None


def _consents(member, request):
    return {"consents": histories.consents(member=member, reach=reach(request))}


def _timeline(member, request):
    shown, more = _page(histories.events(member=member, reach=reach(request)), request, "events")
    return {"events": shown, "more": more}


def _page(rows, request, name):
    """The newest few, or all of them on request; and whether there are more."""
    limit = AT_MOST if request.GET.get("all") == name else SHOWN
    found = list(rows[: limit + 1])
    return found[:limit], len(found) > limit


register(Panel(_("Person"), "members/panels/head.html", _head, place="head", position=0))
register(Panel(_("Orders of all channels"), "members/panels/orders.html", _orders, position=10))
register(Panel(_("Returns"), "members/panels/returns.html", _returns, position=20))
register(Panel(_("Reviews"), "members/panels/reviews.html", _reviews, position=30))
register(Panel(_("Timeline"), "members/panels/timeline.html", _timeline, position=90))
register(Panel(_("Profile"), "members/panels/profile.html", _profile, place="side", position=20))
register(Panel(_("Membership"), "members/panels/levels.html", _levels, place="side", position=30))
register(Panel(_("Consent"), "members/panels/consents.html", _consents, place="side", position=60))
