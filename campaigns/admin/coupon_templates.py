"""Sorts of coupons: their terms and what they do, opened by a second person, with their numbers and batches of codes."""

import dataclasses

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.actions import coupon_templates, coupons
from campaigns.admin import coupon_terms, offer_elements, offer_reading, offer_words
from campaigns.admin.coupon_code_pages import MAKE, WITHDRAW, CodePages, page_of
from campaigns.admin.offer_choices import Offered
from campaigns.admin.offer_form import OfferForm
from campaigns.models import CouponBatch, CouponTemplate
from campaigns.queries import coupons as read
from members.admin.base import AroundAdmin, choices, number, reach
from members.models import Channel, Organization

APPROVE = "campaigns.approve_coupontemplate"
STATES = {"draft": "warning", "open": "success", "closed": "info"}
State, Kind = CouponTemplate.State, CouponTemplate.Kind


class ExtendForm(forms.Form):
    quota = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    stock = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    reason = forms.CharField(max_length=300)


@admin.register(CouponTemplate)
class CouponTemplateAdmin(CodePages, AroundAdmin):
    empty_words = _(
        "A template says what a coupon does, who may claim it, how many there are and how long one is good."
    )
    list_display = (
        "name",
        "shown_state",
        "kind",
        "organization",
        "claim_from",
        "claim_until",
        "issued",
        "code",
    )
    list_select_related = ("organization", "counter")
    list_filter = ("state", "kind")
    search_fields = ("name__startswith", "code__exact")
    search_help_text = _("the beginning of a name, or a code")
    ordering = ("-id",)
    sortable_by = ()

    def has_delete_permission(self, request, obj=None):
        return False

    def get_actions(self, request):
        return {}

    def get_urls(self):
        view, post = self.admin_site.admin_view, require_POST
        name = "campaigns_coupontemplate_%s".__mod__
        return [
            path("<int:pk>/terms/", view(self.terms_view), name=name("terms")),
            path("<int:pk>/offer/", view(self.offer_view), name=name("offer")),
            path("<int:pk>/reads/", view(post(self.reads_view)), name=name("reads")),
            path("<int:pk>/open/", view(post(self.open_view)), name=name("open")),
            path("<int:pk>/close/", view(post(self.close_view)), name=name("close")),
            path("<int:pk>/extend/", view(post(self.extend_view)), name=name("extend")),
            *self.code_urls(view, name),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url="", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = coupon_terms.NewForm(request.POST or None, initial={"claim_from": timezone.localtime()})
        form.fields["organization"].queryset = choices(Organization, request)
        if form.is_valid():
            made = self._saved(
                form, lambda: coupon_templates.draft(by=request.user, now=timezone.now(), **form.values())
            )
            if made:
                self.log_addition(request, made, [{"added": {}}])
                messages.success(request, _("“%s” is a draft now.") % made)
                service = made.kind == Kind.SERVICE
                return redirect(page_of(made)) if service else redirect(_at("offer", made))
        return self._page(request, "coupon_terms", _("New coupon"), form=form)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        template = self._template(request, number(object_id))
        offered = Offered(request=request, organization=template.organization)
        opened = template.state != State.DRAFT
        mine = self._is_his(template, reach(request))
        service = template.kind == Kind.SERVICE
        people = ("asked_by", "fetched_by", "withdrawn_by")
        batches = list(template.batches.select_related(*people).order_by("-id")[:50])
        told = {
            "template": template,
            "numbers": read.numbers(template=template) if opened else None,
            "flows": _flows(template) if opened else (),
            "batches": batches, "making": any(map(_under_way, batches)),
            "sentence": "" if service else offer_words.sentence(template, offered=offered, coupon=template.code),
            "elements": () if service else offer_words.elements(template),
            "shares": [(each.budget, f"{each.basis_points / 100:g}") for each in template.shares.select_related("budget")],
            "may": self._may(request, template) if mine else set(),
        }  # fmt: skip
        return self._page(request, "coupon_template", template.name, **told)

    def _may(self, request, template) -> set[str]:
        """What this person can do with it now."""
        user = request.user
        own = user.pk in (template.created_by_id, template.changed_by_id)
        approves, changes = user.has_perm(APPROVE), self.has_change_permission(request, template)
        found = {
            "edit": changes and template.state == State.DRAFT,
            "open": approves and template.state == State.DRAFT and not own,
            "close": approves and template.state == State.OPEN,
            "extend": approves and template.state == State.OPEN and not own,
            "make": user.has_perm(MAKE) and template.state == State.OPEN,
            "fetch": user.has_perm(MAKE),
            "withdraw": user.has_perm(WITHDRAW) and template.state != State.DRAFT,
        }
        return {verb for verb, allowed in found.items() if allowed}

    def terms_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self._allowed(request, pk, "edit")
        form = coupon_terms.TermsForm(
            request.POST or None, kind=template.kind, initial=coupon_terms.shown(template)
        )
        if form.is_valid() and self._saved(form, lambda: self._edit(request, template, **form.values())):
            return redirect(page_of(template))
        return self._page(request, "coupon_terms", template.name, form=form, template=template)

    def offer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self._allowed(request, pk, "edit")
        if template.kind == Kind.SERVICE:
            raise Http404
        offered = Offered(request=request, organization=template.organization)
        shown = offer_elements.shown(template, offered=offered)
        form = OfferForm(request.POST or None, offered=offered, coupon=True, initial=shown)
        if form.is_valid():
            given = {**form.values(), "shares": form.shares()}
            if self._saved(form, lambda: self._edit(request, template, **given)):
                return redirect(page_of(template))
        told = {
            "form": form,
            "back": page_of(template),
            "heading": template.name,
            "reads": _at("reads", template),
        }
        return self._page(request, "offer", _("What it does"), **told)

    def reads_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the coupon says while it is typed."""
        template = self._allowed(request, pk, "edit")
        offered = Offered(request=request, organization=template.organization)
        told = offer_reading.of_coupon(request, template=template, offered=offered, now=timezone.now())
        return TemplateResponse(request, "campaigns/offer_reads.html", told)

    def _edit(self, request, template, **fields) -> CouponTemplate:
        return coupon_templates.edit(template=template, by=request.user, now=timezone.now(), **fields)

    def _saved(self, form, verb):
        """What the verb gives; None if it refused: the form says why."""
        try:
            return verb()
        except coupon_templates.Refused as refused:
            form.add_error(None, str(refused))
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        return None

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self._allowed(request, pk, "open", "edit")
        given = {"template": template, "by": request.user, "now": timezone.now()}
        return self._pressed(request, template, lambda: coupon_templates.open_(**given), _("It is open."))

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self._allowed(request, pk, "close")
        given = {"template": template, "by": request.user, "now": timezone.now()}
        reason = request.POST.get("reason", "")
        done = _("Nobody claims it any more; what was claimed stays good.")
        return self._pressed(request, template, lambda: coupon_templates.close(reason=reason, **given), done)

    def extend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self._allowed(request, pk, "extend")
        form = ExtendForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Give the new number, and say why."))
            return redirect(page_of(template))
        given = {"template": template, "by": request.user, "now": timezone.now(), **form.cleaned_data}
        return self._pressed(request, template, lambda: coupon_templates.extend(**given), _("It is changed."))

    def _pressed(self, request, template, verb, done) -> HttpResponse:
        try:
            verb()
        except (coupon_templates.Refused, coupons.Refused) as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, template, str(done))
            messages.success(request, done)
        return redirect(page_of(template))

    def _template(self, request, pk: int) -> CouponTemplate:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related(
            "organization", "created_by", "approved_by", "closed_by"
        )
        if (template := found.filter(pk=pk).first()) is None:
            raise Http404
        return template

    def _allowed(self, request, pk: int, *verbs: str) -> CouponTemplate:
        """The template, for who may do one of these now. What the state forbids the action says in words."""
        template = self._template(request, pk)
        may = self._may(request, template) if self._is_his(template, reach(request)) else set()
        if not may.intersection(verbs):
            raise PermissionDenied
        return template

    def _page(self, request, name: str, title, **more) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **more}
        return TemplateResponse(request, f"campaigns/{name}.html", context)

    @display(description=_("state"), label=STATES)
    def shown_state(self, template):
        return template.state, template.get_state_display()

    @display(description=_("given"))
    def issued(self, template):
        counter = getattr(template, "counter", None)
        if counter is None:
            return "–"
        return (
            f"{counter.issued:,} / {counter.quota:,}" if counter.quota is not None else f"{counter.issued:,}"
        )


def _under_way(batch: CouponBatch) -> bool:
    """Whether the worker makes its codes, or withdraws them."""
    return batch.cleared_at is None if batch.withdrawn_at else batch.done_at is None


def _flows(template: CouponTemplate) -> list[read.Flow]:
    """By the names of the channels."""
    found = read.flows(template=template)
    codes = {each.claimed for each in found} | {each.redeemed for each in found}
    names = dict(Channel.objects.filter(code__in=codes).values_list("code", "name"))
    return [
        dataclasses.replace(each, claimed=names.get(each.claimed, ""), redeemed=names.get(each.redeemed, ""))
        for each in found
    ]


def _at(name: str, template: CouponTemplate) -> str:
    return reverse(f"admin:campaigns_coupontemplate_{name}", args=[template.pk])
