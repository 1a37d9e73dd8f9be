"""One case at a time: both people side by side, the evidence, and the keys that decide."""

import datetime as dt
import functools
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import models as log
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from identity.actions import bulk_decisions, reviewing
from identity.admin.review import picture, words
from identity.models import ReviewCase, ReviewDecision
from identity.queries import queue
from identity.queries.queue import Wish
from members.admin.base import reach
from members.models import Organization

VIEW, CHANGE = "identity.view_reviewcase", "identity.change_reviewcase"
KEPT = ("sort", "reason", "channel", "node", "mine")
LATER = (1, 7, 30)


def needs(permission: str):
    """A view for those who may; everybody else is refused."""

    def decorate(view):
        @functools.wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


@needs(VIEW)
def start(request: HttpRequest) -> HttpResponse:
    """The first case of the queue as it is narrowed, or word that nothing waits."""
    first = _cases(request).first()
    if first is not None:
        return redirect(url(first, request))
    return _page(request, {"title": _("Review"), "counts": _counts(request)})


@needs(VIEW)
def show(request: HttpRequest, key: str) -> HttpResponse:
    """The case; only its inner part when the page itself asks for the next one."""
    case = find(request, key)
    context = {"title": _("Review"), "counts": _counts(request), **_context(request, case)}
    if request.headers.get("X-Requested-With") == "fetch":
        return TemplateResponse(
            request, "identity/review/case.html", context, headers={"Cache-Control": "no-store"}
        )
    return _page(request, context)


@needs(CHANGE)
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """Verdict and case in one transaction; the answer says what happened and which case is next."""
    case = find(request, key)
    if not queue.decidable(case=case, reach=reach(request)) or not _may_say(request, case):
        raise PermissionDenied
    try:
        said, made = _decided(request, case)
        ahead = queue.after(case=case, cases=_cases(request))
    except reviewing.Contradicted as contradicted:
        return _answer(request, case, str(contradicted), fault=True, ahead=case, aside=True)
    except reviewing.Refused as refused:
        return _answer(request, case, str(refused), fault=True)
    return _answer(request, case, said, ahead=ahead, undo=made)


@needs(CHANGE)
def take_back(request: HttpRequest, decision: int) -> HttpResponse:
    made = ReviewDecision.objects.select_related("case", "verdict").filter(pk=decision).first()
    if made is None:
        raise Http404
    case = find(request, str(made.case_id))
    if not queue.decidable(case=case, reach=reach(request)):
        raise PermissionDenied
    try:
        reviewing.take_back(decision=made, by=request.user, now=timezone.now())
    except reviewing.Refused as refused:
        return _answer(request, case, str(refused), fault=True, ahead=case)
    log.LogEntry.objects.log_actions(
        request.user.pk, [case], log.CHANGE, change_message=f"Taken back: {made.decision}", single_object=True
    )
    return _answer(request, case, _("Taken back: everything is as it was."), ahead=case)


def find(request: HttpRequest, key: str) -> ReviewCase:
    seen = queue.visible(reach=reach(request)).select_related(
        "identifier__kind", "decided_by", "bulk__confirmed_by"
    )
    case = seen.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() else None
    if case is None:
        raise Http404
    return case


def offered(request: HttpRequest, case: ReviewCase) -> list[str]:
    """The decisions that make sense, without what would move people beyond the steward's reach."""
    found = reviewing.offered(case=case)
    about = [each for each in found if each in reviewing.OF_IDENTIFIERS]
    if about and not queue.speakable(identifier=case.identifier, reach=reach(request)):
        return [each for each in found if each not in about]
    return found


def _may_say(request, case) -> bool:
    said = request.POST.get("decision")
    return said not in reviewing.OF_IDENTIFIERS or said in offered(request, case)


def url(case: ReviewCase, request: HttpRequest) -> str:
    """The address of a case, with what the steward narrowed the queue to."""
    address = reverse("admin:identity_reviewcase_change", args=[case.pk])
    kept = narrowing(request)
    return f"{address}?{urlencode(kept)}" if kept else address


def narrowing(request: HttpRequest) -> dict[str, str]:
    """The narrowing that the address, or the list that one came from, asks for."""
    given = dict(parse_qsl(request.GET.get("_changelist_filters", ""))) | request.GET.dict()
    given.setdefault("sort", given.get("sort__exact", ""))
    return {name: given[name] for name in KEPT if given.get(name)}


def wish(request: HttpRequest) -> Wish:
    kept = narrowing(request)
    channel = kept.pop("channel", "")
    node = kept.pop("node", "")
    found = Organization.objects.filter(pk=int(node)).first() if node.isdecimal() else None
    return Wish(
        **kept, channel=int(channel) if channel.isdecimal() else None, node=found.path if found else ""
    )


def _cases(request):
    return queue.wished(wish=wish(request), reach=reach(request), by=request.user, now=timezone.now())


def _counts(request) -> list[dict]:
    """How many of each sort wait, each leading to them alone."""
    mine = reach(request)
    counts = queue.by_sort(cases=queue.waiting(now=timezone.now(), cases=queue.visible(reach=mine)))
    chosen = narrowing(request).get("sort", "")
    desk = reverse("admin:identity_review_desk")
    rows = [
        {
            "sort": sort,
            "label": label,
            "count": counts.get(sort, 0),
            "url": f"{desk}?sort={sort}",
            "chosen": chosen == sort,
        }
        for sort, label in ReviewCase.Sort.choices
        if counts.get(sort) or chosen == sort
    ]
    every = {"sort": "", "label": _("all"), "count": sum(counts.values()), "url": desk, "chosen": not chosen}
    return [{**row, "shown": _capped(row["count"])} for row in (every, *rows)]


def _capped(count: int) -> str:
    return f"{count:,}+" if count >= queue.COUNTED else f"{count:,}"


def _context(request, case) -> dict:
    cases = _cases(request)
    ahead, behind = queue.after(case=case, cases=cases), queue.before(case=case, cases=cases)
    decidable = queue.decidable(case=case, reach=reach(request))
    is_open = case.state == ReviewCase.State.OPEN and not case.bulk_id
    return {
        "case": case,
        "question": words.QUESTION[case.sort],
        "why": words.why(case),
        "offered": [words.choice(sort=case.sort, decision=each) for each in offered(request, case)],
        "may_decide": is_open and decidable and request.user.has_perm(CHANGE),
        "elsewhere": not decidable,
        "days": LATER,
        "later": settings.REVIEW_LATER_DAYS,
        "next_url": url(ahead, request) if ahead else "",
        "previous_url": url(behind, request) if behind else "",
        "query": urlencode(narrowing(request)),
        "history": case.decisions.select_related("by", "bulk__confirmed_by", "verdict").order_by("-pk")[:6],
        "undo_url": _undo_url(case) if decidable and request.user.has_perm(CHANGE) else "",
        "rule_count": _alike(request, case),
        **picture.of(case=case, reach=reach(request)),
    }


def _undo_url(case) -> str:
    """Where the decision that holds can be taken back."""
    held = case.decisions.exclude(decision=ReviewCase.Decision.LATER)
    last = held.order_by("-pk").first() if case.state == ReviewCase.State.DECIDED else None
    return reverse("admin:identity_review_take_back", args=[last.pk]) if last else ""


def _alike(request, case) -> int:
    """How many cases the rule of this one explains, counted up to the most that can be decided at once."""
    found = queue.alike(
        case=case, cases=queue.waiting(now=timezone.now(), cases=queue.visible(reach=reach(request)))
    )
    return found[0].order_by()[: settings.REVIEW_BULK_MAX].count() if found else 0


def _decided(request, case) -> tuple[str, ReviewDecision | None]:
    decision, note, now = (
        request.POST.get("decision", ""),
        request.POST.get("note", "").strip(),
        timezone.now(),
    )
    if decision == ReviewCase.Decision.LATER:
        days = request.POST.get("days", "")
        until = now + dt.timedelta(days=int(days) if days in map(str, LATER) else settings.REVIEW_LATER_DAYS)
        made = reviewing.put_off(case=case, until=until, by=request.user, now=now, note=note)
        return _("Put off until %(date)s.") % {"date": f"{timezone.localtime(until):%Y-%m-%d %H:%M}"}, made
    people = decision in reviewing.OF_PEOPLE
    if people and bulk_decisions.needs_second(cases=[case]):
        bulk_decisions.propose(cases=[case], decision=decision, by=request.user, now=now, note=note)
        return _("Many accounts: it takes effect when a second person confirms it."), None
    details = reviewing.Details(
        note=note,
        set_aside=bool(request.POST.get("set_aside")),
        tiers=request.POST.get("tiers", "highest"),
        points=request.POST.get("points", "add"),
    )
    made = reviewing.decide(case=case, decision=decision, by=request.user, now=now, details=details)
    return words.choice(sort=case.sort, decision=decision).effect, made


def _answer(request, case, said, *, fault=False, ahead=None, undo=None, aside=False) -> HttpResponse:
    ahead = ahead or (queue.after(case=case, cases=_cases(request)) if fault else None)
    goal = url(ahead, request) if ahead else reverse("admin:identity_review_desk")
    if request.headers.get("X-Requested-With") == "fetch":
        back = reverse("admin:identity_review_take_back", args=[undo.pk]) if undo else ""
        waiting = dict.fromkeys(ReviewCase.Sort.values, "0") | {
            row["sort"]: row["shown"] for row in _counts(request)
        }
        return JsonResponse(
            {
                "said": str(said),
                "fault": fault,
                "next": goal,
                "undo": back,
                "waiting": waiting,
                "fresh": ahead == case,
                "aside": aside,
            }
        )
    (messages.error if fault else messages.success)(request, said)
    return redirect(goal)


def _page(request, context) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "opts": ReviewCase._meta,
        "narrowed": bool(narrowing(request)),
        "to_confirm": queue.to_confirm(reach=reach(request)).count(),
        "may_change": request.user.has_perm(CHANGE),
        **context,
    }
    return TemplateResponse(
        request, "identity/review/desk.html", context, headers={"Cache-Control": "no-store"}
    )
