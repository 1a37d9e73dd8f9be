"""What stewards said, and undoing it: each change is shown before it is made."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from identity.actions import edits, undo, verdicts
from identity.admin import correcting
from identity.admin.review import evidence
from identity.models import Binding, Verdict
from identity.queries import queue
from members import masking
from members.admin.base import ReadOnlyAdmin, reach
from members.admin.filters import OfferedFilter
from members.admin.panels import Panel, register
from members.models import Account, Member
from members.queries import histories, scopes

SAY, WITHDRAW = "identity.add_verdict", "identity.change_verdict"
KNOWN = """EXISTS (SELECT FROM members_membership known
    JOIN members_organization node ON node.id = known.organization_id
    WHERE node.path LIKE %s AND (known.account_id = ANY (identity_verdict.left || identity_verdict.right)
        OR known.account_id IN (SELECT b.account_id FROM identity_binding b
                                WHERE b.identifier_id = identity_verdict.identifier_id)))"""
LABELS = {
    "same": "success", "not_same": "danger", "shared": "warning", "not_shared": "info", "not_his": "danger",
}  # fmt: skip


class ForceFilter(OfferedFilter):
    """Verdicts in force unless asked otherwise."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("force", _("in force")), ("withdrawn", _("withdrawn")), ("all", _("all"))]

    def queryset(self, request, queryset):
        withdrawn = {"withdrawn": Q(withdrawn_at__isnull=False), "all": Q()}
        return queryset.filter(withdrawn.get(self.value(), Q(withdrawn_at=None)))


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    list_display = ("shown_kind", "about", "sizes", "decided_by", "decided_at", "reason", "shown_state")
    list_select_related = ("identifier__kind", "decided_by")
    list_filter = (ForceFilter, "kind")
    ordering = ("-decided_at", "-id")
    sortable_by = ()

    def within(self, queryset, *, reach):
        """Verdicts on accounts, or on an identifier of accounts, that are known within reach."""
        if reach.everything or not reach:
            return super().within(queryset, reach=reach)
        return queryset.extra(where=[KNOWN], params=[reach.node.path + "%"])  # noqa: S610

    def get_urls(self):
        wrap = self.admin_site.admin_view
        withdraw = wrap(require_POST(self.withdraw_view))
        return [
            path("undo/<slug:oneid>/", wrap(self.undo_view), name="identity_verdict_undo"),
            path("<path:object_id>/withdraw/", withdraw, name="identity_verdict_withdraw"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        """What was said, and what withdrawing it would change."""
        verdict = self._verdict(request, object_id)
        standing = verdict.withdrawn_at is None
        preview = undo.foresee(verdict=verdict, now=timezone.now(), by=reach(request)) if standing else None
        context = {
            "title": str(verdict),
            "verdict": verdict,
            "about": self.about(verdict),
            "preview": preview,
            "accounts": self._accounts(request, verdict),
            "may": standing and request.user.has_perm(WITHDRAW) and _is_his(request, verdict),
            "elsewhere": standing and not _is_his(request, verdict),
        }
        return self._page(request, "identity/undo_verdict.html", context)

    def _accounts(self, request, verdict):
        here = Account.objects.filter(pk__in=[*verdict.left, *verdict.right])
        rows = scopes.of_account(here, reach=reach(request), field="pk").select_related("channel", "member")
        return [{"account": row, "left": row.pk in verdict.left} for row in rows.order_by("pk")]

    def withdraw_view(self, request: HttpRequest, object_id):
        verdict = self._verdict(request, object_id)
        if not request.user.has_perm(WITHDRAW) or not _is_his(request, verdict):
            raise PermissionDenied
        changed = verdicts.withdraw(verdict=verdict, by=request.user, now=timezone.now())
        self.log_change(request, verdict, [{"changed": {"fields": ["withdrawn_at"]}}])
        messages.success(request, _("Withdrawn: %d people changed.") % len(changed))
        return redirect("admin:identity_verdict_change", verdict.pk)

    def _verdict(self, request, key) -> Verdict:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("identifier__kind", "decided_by", "trial")
        verdict = found.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
        if verdict is None:
            raise Http404
        return verdict

    def undo_view(self, request: HttpRequest, oneid: str):
        """Choose what is wrong, see what would change, say it."""
        if not request.user.has_perm(SAY):
            raise PermissionDenied
        member = scopes.members(reach=reach(request)).filter(oneid=oneid).first()
        if member is None:
            raise Http404
        if request.method == "POST":
            return self._undo(request, member)
        return self._choice(request, member, {})

    def _undo(self, request, member):
        now, reason = timezone.now(), request.POST.get("reason", "").strip()
        set_aside = "set_aside" in request.POST
        try:
            verdict = _chosen(request, member)
            if "confirm" in request.POST and reason:
                said = undo.say(verdict=verdict, by=request.user, now=now, reason=reason, set_aside=set_aside)
                self.log_addition(request, said, [{"added": {}}])
                messages.success(request, _("Done. It can be withdrawn here at any time."))
                return redirect("admin:identity_verdict_change", said.pk)
            preview = undo.foresee(verdict=verdict, now=now, by=reach(request))
        except (verdicts.Impossible, verdicts.Contradicts) as refused:
            return self._choice(request, member, {"fault": str(refused)})
        chain = [verdicts.told(each) for each in preview.set_aside]
        missing = "confirm" in request.POST
        return self._choice(
            request, member, {"preview": preview, "foreseen": True, "chain": chain, "missing": missing}
        )

    def _choice(self, request, member, more):
        accounts = list(histories.accounts(member=member, reach=reach(request)))
        context = {
            "title": _("Not one person?"),
            "member": member,
            "accounts": accounts,
            "bindings": [_told(row) for row in _bindings(accounts)],
            "chosen_accounts": set(request.POST.getlist("account")),
            "chosen_bindings": set(request.POST.getlist("binding")),
            "reason": request.POST.get("reason", ""),
            **more,
        }
        return self._page(request, "identity/undo.html", context)

    def _page(self, request, template, context):
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})

    @display(description=_("verdict"), label=LABELS)
    def shown_kind(self, verdict):
        return verdict.kind, verdict.get_kind_display()

    @display(description=_("identifier"))
    def about(self, verdict):
        found = verdict.identifier
        return f"{found.kind}: {masking.contact(kind=found.kind_id, value=found.value)}" if found else "–"

    @display(description=_("accounts"))
    def sizes(self, verdict):
        return " + ".join(str(len(side)) for side in (verdict.left, verdict.right) if side) or "–"

    @display(description=_("state"), label={"force": "success", "withdrawn": "info"})
    def shown_state(self, verdict):
        return ("withdrawn", _("withdrawn")) if verdict.withdrawn_at else ("force", _("in force"))


def _is_his(request, verdict: Verdict) -> bool:
    """Withdrawing moves everybody whom the verdict speaks of: he said it himself, or he knows all of them."""
    if verdict.decided_by_id == request.user.pk:
        return True
    named = Account.objects.filter(pk__in=[*verdict.left, *verdict.right])
    mine = reach(request)
    return scopes.knows(named, reach=mine) and queue.speakable(identifier=verdict.identifier, reach=mine)


def _bindings(accounts):
    rows = Binding.objects.holding().filter(account__in=accounts, source=None)
    rows = rows.exclude(role=Binding.Role.RECEIVER).select_related("identifier__kind", "account__channel")
    return rows.order_by("-identifier__kind__strength", "identifier", "account", "pk")


def _told(binding):
    found = binding.identifier
    binding.masked = masking.contact(kind=found.kind_id, value=found.value)
    binding.told = evidence.how(binding)
    return binding


def _chosen(request, member: Member) -> Verdict:
    """The verdict that the boxes ticked stand for. Raises verdicts.Impossible."""
    accounts = {row.pk: row for row in histories.accounts(member=member, reach=reach(request))}
    ticked = {int(each) for each in request.POST.getlist("account") if each.isdecimal()}
    bound = {int(each) for each in request.POST.getlist("binding") if each.isdecimal() and len(each) < 19}
    if bool(ticked) == bool(bound):
        raise verdicts.Impossible(_("Tick either accounts or an identifier."))
    if ticked:
        return undo.somebody_else(member=member, accounts=ticked & accounts.keys())
    rows = [row for row in _bindings(accounts.values()) if row.pk in bound]
    if len({row.identifier_id for row in rows}) != 1:
        raise verdicts.Impossible(_("Tick one identifier at a time: each is a decision of its own."))
    return undo.never_his(identifier=rows[0].identifier, accounts={row.account_id for row in rows})


def _panel(member, request):
    may_undo = request.user.has_perm(SAY)
    may_correct = request.user.has_perm(correcting.PERMISSION) and bool(
        edits.correctable(member=member, reach=reach(request))
    )
    return {"may_undo": may_undo, "may_correct": may_correct} if may_undo or may_correct else None


for _tab in ("overview", "identity"):
    register(
        Panel(
            _("Is something wrong?"), "identity/panels/undo.html", _panel, place="side", position=70, tab=_tab
        )
    )
