"""The page on which staff name the groups that a model found, each beside what its members are like."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.admin.base import reach
from members.queries import scopes
from tags.actions import naming
from tags.conditions.faults import Fault
from tags.models import ModelRun, Tag, TagValue
from tags.models_of import clusters


def page(request: HttpRequest, pk: int) -> HttpResponse:
    mine = scopes.at_organization(Tag.objects.live(), reach=reach(request))
    tag = get_object_or_404(mine.filter(model=clusters.CODE), pk=pk)
    if not request.user.has_perm("tags.change_tag"):
        raise PermissionDenied
    if request.method == "POST" and _named(request, tag):
        return redirect("admin:tag_names", pk)
    run = ModelRun.objects.filter(tag=tag, state=ModelRun.State.FITTED).order_by("-id").first()
    profile = {group["code"]: group for group in run.quality.get("profile", [])} if run else {}
    values = TagValue.objects.filter(tag=tag, dropped=False).order_by("position", "id")
    rows = [{"value": value, "group": profile.get(value.code)} for value in values]
    told = {"title": _("Name the groups of “%s”") % tag.name, "tag": tag, "rows": rows, "run": run}
    return TemplateResponse(request, "tags/naming.html", {**admin.site.each_context(request), **told})


def _named(request: HttpRequest, tag: Tag) -> bool:
    codes = TagValue.objects.filter(tag=tag, dropped=False).values_list("code", flat=True)
    names = {code: request.POST[code] for code in codes if code in request.POST}
    try:
        count = naming.name_values(tag=tag, names=names, by=request.user, now=timezone.now())
    except Fault as fault:
        messages.error(request, str(fault))
        return False
    messages.success(request, ngettext("%d name saved.", "%d names saved.", count) % count)
    return True
