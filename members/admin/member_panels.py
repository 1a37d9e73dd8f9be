"""What the ground itself knows of a member: levels, orders, returns, reviews, consents, and the timeline of everything."""

import datetime as dt

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from members.admin import event_words
from members.admin.base import number, reach
from members.admin.panels import Panel, register
from members.models import Member, Organization
from members.queries import histories, memberships, scopes, timeline

SHOWN = 12
AT_MOST = 2_000
PAGE = 50
LATELY = 6


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


def _lately(member: Member, request: HttpRequest) -> dict | None:
    events = timeline.of(member=member, reach=reach(request), limit=LATELY)
    return {"events": events, "naming": event_words.Naming()} if events else None


def _timeline(member: Member, request: HttpRequest) -> dict:
    """A page of everything, as far as the filters let through; what is no filter of this timeline is none."""
    mine, given = reach(request), request.GET
    kinds = timeline.kinds(member=member, reach=mine)
    since, until = _date(given.get("since")), _date(given.get("until"))
    chosen = {
        "channel": given.get("channel") if given.get("channel") in kinds.channels else "",
        "name": given.get("name") if given.get("name") in kinds.names else "",
    }
    found = timeline.of(
        member=member, reach=mine, **chosen, since=_midnight(since),
        until=_midnight(until + dt.timedelta(days=1)) if until else None,
        before=_position(given.get("before")), limit=PAGE + 1,
    )  # fmt: skip
    shown = {"tab": "timeline", **chosen, "since": since, "until": until}
    address = request.GET.copy()
    address.clear()
    address.update({name: str(value) for name, value in shown.items() if value})
    newest = address.urlencode()
    if more := len(found) > PAGE:
        at, last = found[PAGE - 1].position
        address["before"] = f"{at.isoformat()}~{last}"
    return {
        "events": found[:PAGE], "naming": event_words.Naming(), "kinds": kinds, "chosen": shown, "newest": newest, "paged": "before" in given,
        "older": address.urlencode() if more else "", "narrowed": len(newest.split("&")) > 1,
    }  # fmt: skip


def _date(text: str | None) -> dt.date | None:
    try:
        found = parse_date(text or "")
    except ValueError:
        return None
    return found if found and 1900 <= found.year < 2200 else None


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time.min, timezone.get_default_timezone()) if day else None


def _position(text: str | None) -> tuple[dt.datetime, int] | None:
    at, _tilde, last = (text or "").partition("~")
    try:
        found = parse_datetime(at)
    except ValueError:
        return None
    return (found, number(last)) if found and found.tzinfo and 1900 <= found.year < 2200 else None


def _page(rows, request, name):
    """The newest few, or all of them on request; and whether there are more."""
    limit = AT_MOST if request.GET.get("all") == name else SHOWN
    found = list(rows[: limit + 1])
    return found[:limit], len(found) > limit


register(Panel(_("Person"), "members/panels/head.html", _head, place="head", position=0))
register(Panel(_("Lately"), "members/panels/lately.html", _lately, position=60))
register(Panel(_("Membership"), "members/panels/levels.html", _levels, place="side", position=30))
register(Panel(_("Consent"), "members/panels/consents.html", _consents, place="side", position=60))
register(Panel(_("Orders of all channels"), "members/panels/orders.html", _orders, position=10, tab="orders"))
register(Panel(_("Returns"), "members/panels/returns.html", _returns, position=20, tab="orders"))
register(Panel(_("Reviews"), "members/panels/reviews.html", _reviews, position=30, tab="orders"))
register(Panel(_("Timeline"), "members/panels/timeline.html", _timeline, position=10, tab="timeline"))
