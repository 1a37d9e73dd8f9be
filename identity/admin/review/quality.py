"""How right decisions were, the threshold that they suggest, and second looks that measure it."""

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from identity.actions import reviewing
from identity.admin.review import desk, picture, words
from identity.models import ReviewCase, ReviewDecision
from identity.queries import precision, queue
from members.admin.base import reach

LATEST = 40


@desk.needs(desk.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """Measured precision by sort and by probability, the suggested threshold, and who decided what."""
    mine = reach(request)
    bands = precision.by_band(reach=mine)
    context = {
        "title": _("How right we are"),
        "rows": [_row(row) for row in precision.by_sort(reach=mine)],
        "bands": bands,
        "suggestion": precision.suggestion(bands=bands, target=settings.REVIEW_PRECISION),
        "latest": _latest(mine),
        "to_look_at": precision.to_look_at(reach=mine, by=request.user).order_by().count(),
    }
    return _page(request, "identity/review/quality.html", context)


@desk.needs(desk.CHANGE)
def second_look(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """GET shows a decided case without its decision; POST keeps the answer and shows the next."""
    if request.method == "POST":
        return _answered(request, key)
    decision = precision.to_look_at(reach=reach(request), by=request.user).first()
    context = {"title": _("Second look"), "decision": decision, "case": None}
    if decision is not None:
        case = desk.find(request, str(decision.case_id))
        context |= {
            "case": case,
            "question": _("Somebody has decided this case. What do you say?"),
            "offered": [words.CHOICES[each] for each in reviewing.OF_PEOPLE],
            **picture.of(case=case, reach=reach(request), expand=False),
            "one_person": False,
            "survivor": None,
            "merged": [],
        }
    return _page(request, "identity/review/second_look.html", context)


def _answered(request, key) -> HttpResponse:
    decision = ReviewDecision.objects.filter(pk=key).first()
    if decision is None:
        raise Http404
    desk.find(request, str(decision.case_id))
    try:
        reviewing.look_again(
            decision=decision, answer=request.POST.get("decision", ""), by=request.user, now=timezone.now()
        )
        agreed = decision.decision == request.POST["decision"]
        said = (
            _("Kept: you agree with the first one.") if agreed else _("Kept: you differ from the first one.")
        )
        messages.success(request, said)
    except reviewing.Refused as refused:
        messages.error(request, str(refused))
    return redirect("admin:identity_review_second_look")


def _row(row: precision.Row) -> dict:
    sort, _colon, decision = row.label.partition(":")
    return {
        "sort": ReviewCase.Sort(sort).label,
        "decision": words.choice(sort=sort, decision=decision).label,
        "row": row,
    }


def _latest(mine):
    seen = queue.visible(reach=mine).filter(decisions__isnull=False)
    known = ReviewDecision.objects.filter(case__in=set(seen.values_list("pk", flat=True)))
    return known.select_related("case", "by", "bulk__confirmed_by", "verdict").order_by("-at", "-pk")[:LATEST]


def _page(request, template, context) -> HttpResponse:
    context = {
        **admin.site.each_context(request), "opts": ReviewCase._meta,
        "may_change": request.user.has_perm(desk.CHANGE), **context,
    }  # fmt: skip
    return TemplateResponse(request, template, context, headers={"Cache-Control": "no-store"})
