"""The page of one member's tiers in one programme: every change, the newest first, and why."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from members.admin import tier_giving, tier_words, whom
from members.admin.base import reach
from members.models import Member, Programme, TierGrant
from members.queries import scopes, standings

READ = "members.view_tiergrant"


def asked(request: HttpRequest, oneid: str, programme: int) -> tuple[Member, Programme]:
    """The member within the reader's reach, and a programme around his node."""
    member = whom.somebody(request, oneid)
    around = scopes.around_organization(
        Programme.objects.select_related("organization"), reach=reach(request)
    )
    found = around.filter(pk=programme).first()
    if found is None:
        raise Http404
    return member, found


def page(model_admin, request: HttpRequest, oneid: str, programme: int) -> HttpResponse:
    if not request.user.has_perm(READ):
        raise PermissionDenied
    member, found = asked(request, oneid, programme)
    if oneid != member.oneid:
        return redirect("admin:members_tiergrant_log", member.oneid, programme)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts, "title": _("Tier log"), "member": member, "name": whom.heading(member),
        "programme": found, "rows": _rows(request, member, found),
        "may_give": found.pk in tier_giving.programmes(request),
    }  # fmt: skip
    return TemplateResponse(request, "members/tiers/log.html", context)


def _rows(request, member: Member, programme: Programme) -> list[dict]:
    """Notes of accounts beyond the reader's reach are not his to read."""
    names = dict(programme.tiers.values_list("code", "name"))
    changes = standings.log(member=member, programme=programme)
    mine = scopes.of_account(
        TierGrant.objects.filter(pk__in={each.grant for each in changes}), reach=reach(request)
    )
    known = set(mine.values_list("pk", flat=True))
    return [
        {
            "change": each, "before": names.get(each.before, each.before), "after": names.get(each.after, each.after),
            "why": tier_words.reason(each.reason), "last_day": tier_words.last_day(each.until),
            "known": each.grant in known,
        }
        for each in reversed(changes)
    ]  # fmt: skip
