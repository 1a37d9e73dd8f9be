"""Cases that one rule explains, decided together; large ones when a second person confirms."""

import datetime as dt

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from identity.actions import bulk_decisions, reviewing
from identity.admin.review import desk, rows, words
from identity.models import BulkDecision, ReviewCase
from identity.queries import comparison, queue
from members.admin.base import reach

SAMPLE = 8


@desk.needs(desk.CHANGE)
def propose(request: HttpRequest, key: str) -> HttpResponse:
    """GET shows the rule, how many cases it explains and a sample; POST decides them, or asks a second person to."""
    case = desk.find(request, key)
    found = _alike(request, case)
    if found is None:
        messages.info(request, _("No rule explains this case together with others."))
        return redirect(desk.url(case, request))
    cases, pattern = found
    if request.method == "POST":
        return _propose(request, case, cases, pattern)
    shown = list(cases[: settings.REVIEW_BULK_MAX])
    context = {
        "title": _("Decide together"),
        "case": case,
        "why": words.why(case),
        "identifier": words.carried(case.identifier) if case.identifier else "",
        "pattern": _pattern(pattern),
        "count": len(shown),
        "all": cases.order_by().count(),
        "sample": _sample(request, shown[:SAMPLE]),
        "offered": [words.choice(sort=case.sort, decision=each) for each in _offered(request, case)],
        "second": bulk_decisions.needs_second(cases=shown),
        "limit": settings.REVIEW_ALONE_CASES,
        "seen_until": timezone.now().isoformat(),
        "back": desk.url(case, request),
    }
    return _page(request, "identity/review/together.html", context)


@desk.needs(desk.VIEW)
def waiting(request: HttpRequest) -> HttpResponse:
    """Bulk decisions that wait for a second person."""
    bulks = [_shown(request, bulk) for bulk in queue.to_confirm(reach=reach(request))]
    context = {"title": _("Waiting for a second person"), "bulks": bulks}
    return _page(request, "identity/review/waiting.html", context)


@require_POST
@desk.needs(desk.CHANGE)
def confirm(request: HttpRequest, bulk: int) -> HttpResponse:
    return _close(request, bulk, yes=True)


@require_POST
@desk.needs(desk.CHANGE)
def refuse(request: HttpRequest, bulk: int) -> HttpResponse:
    return _close(request, bulk, yes=False)


def _propose(request, case, cases, pattern) -> HttpResponse:
    """Only what the steward saw counted: cases that were opened since are not decided with the others."""
    mine = queue.decidable_of(cases=cases.filter(opened_at__lte=_seen_until(request)), reach=reach(request))
    decision = request.POST.get("decision", "")
    try:
        outcome = bulk_decisions.propose(
            cases=list(mine[: settings.REVIEW_BULK_MAX]),
            decision=decision if decision in _offered(request, case) else "",
            by=request.user, now=timezone.now(), note=request.POST.get("note", "").strip(), pattern=pattern,
        )  # fmt: skip
    except reviewing.Refused as refused:
        messages.error(request, str(refused))
        return redirect(desk.url(case, request))
    if outcome.waits:
        messages.info(request, _("Above your limit: it takes effect when a second person confirms it."))
        return redirect("admin:identity_review_waiting")
    messages.success(request, _told(outcome))
    return redirect("admin:identity_review_desk")


def _close(request, key, *, yes) -> HttpResponse:
    bulk = BulkDecision.objects.select_related("identifier").filter(pk=key).first()
    if bulk is None or not _is_mine(request, bulk):
        raise Http404
    try:
        if yes:
            said = _told(bulk_decisions.confirm(bulk=bulk, by=request.user, now=timezone.now()))
        else:
            bulk_decisions.refuse(bulk=bulk, by=request.user, now=timezone.now())
            said = _("Refused: the cases are back in the queue.")
        messages.success(request, said)
    except reviewing.Refused as refused:
        messages.error(request, str(refused))
    return redirect("admin:identity_review_waiting")


def _is_mine(request, bulk) -> bool:
    """Who closes it must be one who could have proposed it."""
    about = bulk.decision in reviewing.OF_IDENTIFIERS
    if about and not queue.speakable(identifier=bulk.identifier, reach=reach(request)):
        return False
    return queue.decidable_of(cases=bulk.cases.all(), reach=reach(request)).count() == bulk.cases.count()


def _seen_until(request) -> dt.datetime:
    """When the page was made; a time that no page has written counts as long ago."""
    long_ago = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    try:
        given = dt.datetime.fromisoformat(request.POST.get("seen_until", ""))
    except ValueError:
        return long_ago
    return given if given.tzinfo else long_ago


def _alike(request, case):
    """The cases of the rule that wait, most valuable first, and the pattern of levels."""
    waiting_ones = queue.waiting(now=timezone.now(), cases=queue.visible(reach=reach(request)))
    found = queue.alike(case=case, cases=waiting_ones)
    return (found[0].order_by(*queue.ORDER), found[1]) if found else None


def _offered(request, case: ReviewCase) -> list[str]:
    """A conflict is settled by its policy, a contradiction one by one; the rest may be decided together."""
    if case.sort in (ReviewCase.Sort.CONFLICT, ReviewCase.Sort.CONTRADICTION):
        return []
    return desk.offered(request, case)


def _pattern(pattern) -> list[tuple[str, str]]:
    """[field, level, field, level, …] as pairs of words."""
    found = pattern or []
    return [
        (words.field(str(name)), words.level(str(level)))
        for name, level in zip(found[::2], found[1::2], strict=False)
    ]


def _sample(request, cases) -> list[dict]:
    return [
        {
            "case": case,
            "url": reverse("admin:identity_reviewcase_change", args=[case.pk]),
            "lines": rows.lines(comparison.of(case=case, reach=reach(request)))[:4],
        }
        for case in cases
    ]


def _shown(request, bulk: BulkDecision) -> dict:
    cases = list(bulk.cases.order_by(*queue.ORDER)[:3])
    return {
        "bulk": bulk,
        "label": words.choice(sort=bulk.sort, decision=bulk.decision).label,
        "why": words.WHY.get(bulk.reason, bulk.reason),
        "identifier": words.carried(bulk.identifier) if bulk.identifier else "",
        "pattern": _pattern(bulk.pattern),
        "sample": _sample(request, cases),
        "mine": bulk.proposed_by_id == request.user.pk,
    }


def _told(outcome: bulk_decisions.Outcome) -> str:
    said = ngettext("%d case decided.", "%d cases decided.", outcome.decided) % outcome.decided
    if outcome.left:
        left = ngettext("%d is left open: %s", "%d are left open, such as: %s", len(outcome.left))
        said = f"{said} {left % (len(outcome.left), next(iter(outcome.left.values())))}"
    return said


def _page(request, template, context) -> HttpResponse:
    context = {
        **admin.site.each_context(request), "opts": ReviewCase._meta,
        "may_change": request.user.has_perm(desk.CHANGE), **context,
    }  # fmt: skip
    return TemplateResponse(request, template, context, headers={"Cache-Control": "no-store"})
