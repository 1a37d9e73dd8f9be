"""Opening rules: drafted, looked at, begun, ended at a day, withdrawn."""

import datetime as dt

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from members.actions import opening_rules
from members.admin.base import ScopedAdmin, reach
from members.admin.decimals import PlainNumber
from members.models import Account, Book, Channel, OpeningRule, Programme
from members.queries import opening_previews, scopes

STATES = {"draft": "info", "running": "success", "withdrawn": "danger"}
PREVIEWS = {"draft": opening_previews.begun, "running": opening_previews.withdrawn}
VERBS = {"begin", "end", "withdraw"}


class OpeningRuleForm(forms.ModelForm):
    def _post_clean(self):
        super()._post_clean()
        if not self.errors:
            try:
                opening_rules.check(rule=self.instance)
            except opening_rules.Refused as refused:
                self.add_error(None, str(refused))


@admin.register(OpeningRule)
class OpeningRuleAdmin(ScopedAdmin):
    """A draft is free; of a rule that has begun only the end changes."""

    form = OpeningRuleForm
    list_display = ("channel", "programme", "shown_state", "points_book", "growth_book", "tiers", "until")
    list_select_related = ("channel", "programme", "points_book", "growth_book")
    list_filter = ("state",)
    ordering = ("programme__organization__path", "channel__code", "pk")
    sortable_by = ()
    formfield_overrides = {models.DecimalField: {"widget": PlainNumber}}
    change_form_outer_before_template = "members/opening.html"
    fields = (
        ("programme", "channel"), ("points_book", "points_rate"), ("growth_book", "growth_rate"), "tiers", "until",
    )  # fmt: skip

    def within(self, queryset, *, reach):
        return scopes.around_organization(queryset, reach=reach, field="programme__organization")

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (
            not isinstance(obj, OpeningRule) or (obj.state == "draft" and self._is_his(request, obj))
        )

    def has_delete_permission(self, request, obj=None):
        return False

    def _is_his(self, request, rule):
        mine, node = reach(request), rule.programme.organization
        return mine.everything or (mine.node is not None and node.path.startswith(mine.node.path))

    def get_actions(self, request):
        return {}

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        mine = reach(request)
        if db_field.name == "programme":
            every = Programme.objects.order_by("name")
            kwargs["queryset"] = scopes.at_organization(every, reach=mine)
        elif db_field.name == "channel":
            kwargs["queryset"] = scopes.around_organization(Channel.objects.order_by("name"), reach=mine)
        else:
            books = Book.objects.filter(kind=opening_rules.KINDS[db_field.name]).order_by("name")
            kwargs["queryset"] = scopes.around_organization(books, reach=mine)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_urls(self):
        verb = self.admin_site.admin_view(require_POST(self.verb_view))
        return [
            path("<path:object_id>/do/<slug:verb>/", verb, name="members_openingrule_do"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        rule = self.get_object(request, object_id)
        about = self._about(request, rule) if rule and request.method == "GET" else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def _about(self, request, rule):
        may = self._allowed(request, rule)
        seen = may and "preview" in request.GET and rule.state in PREVIEWS
        about = {"rule": rule, "may": may, "preview": PREVIEWS[rule.state](rule=rule) if seen else None}
        if rule.state != "draft" and rule.looked_at is None:
            every = Account.everything.filter(channel=rule.channel_id)
            about["looked"] = every.filter(pk__lte=rule.looked_to).count()
            about["every"] = every.count()
        return about

    def _allowed(self, request, rule) -> bool:
        """The permission is the model's: what has begun cannot be changed in the form, only ended and withdrawn."""
        return super().has_change_permission(request) and self._is_his(request, rule)

    def verb_view(self, request: HttpRequest, object_id, verb):
        """One press of a button: the action decides whether the state allows it."""
        rule = self.get_object(request, object_id)
        if rule is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if verb not in VERBS or not self._allowed(request, rule):
            raise PermissionDenied
        try:
            done = self._do(request, rule, verb)
        except opening_rules.Refused as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, done, [{"changed": {"fields": ["state"], "name": verb}}])
            messages.success(request, _("Done. All accounts of the channel are looked at now."))
        return redirect("admin:members_openingrule_change", rule.pk)

    def _do(self, request, rule, verb) -> OpeningRule:
        given = {"rule": rule, "by": request.user, "now": timezone.now()}
        if verb == "end":
            return opening_rules.end(**given, until=_end_of(request.POST.get("until", "")))
        return opening_rules.begin(**given) if verb == "begin" else opening_rules.withdraw(**given)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Somebody else may have begun the rule while this form was open."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except opening_rules.Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.path)

    def save_model(self, request, obj, form, change):
        if change:
            opening_rules.lock_draft(rule=obj)
        obj.state = OpeningRule.State.DRAFT
        super().save_model(request, obj, form, change)

    @display(description=_("state"), label=STATES)
    def shown_state(self, rule):
        return rule.state, rule.get_state_display()


def _end_of(day: str) -> dt.datetime | None:
    """The last instant of a day; nothing given: no end. Raises Refused."""
    if not day:
        return None
    try:
        last = dt.date.fromisoformat(day)
    except ValueError:
        raise opening_rules.Refused(_("Give the day as 2026-12-31, or none.")) from None
    return dt.datetime.combine(last, dt.time.max, timezone.get_default_timezone())
