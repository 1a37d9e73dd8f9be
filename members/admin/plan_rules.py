"""The rules of a plan, as rows of its page: what is earned, by which growth tiers are had, how points pay."""

from collections.abc import Callable
from copy import deepcopy

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.admin import event_words
from members.admin.base import reach
from members.admin.decimals import NONE, PlainDecimals, PlainNumber, Said, of_book, plain
from members.models import Book, EarningRule, Plan, SpendRule, Tier, TierRule
from members.queries import scopes


class EarningRuleForm(forms.ModelForm):
    event = forms.ChoiceField(
        label=_("What earns"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "An action takes an amount and how often it is given, and no currency, rate, goods or tiers."
        ),
    )

    class Meta:
        labels = {"per": _("How often")}

    def full_clean(self):
        """What is wrong with a rule as a whole stands at its first field: the inline shows it nowhere else."""
        super().full_clean()
        if whole := self._errors.pop(NON_FIELD_ERRORS, None):
            self._errors.setdefault("position", self.error_class()).extend(whole)


class OfDraft(PlainDecimals):
    """Rules can be changed as long as their plan is a draft; ``words`` are those for the fields of one that is read."""

    words: dict[str, Callable[[models.Model], object]] = {}

    extra = 0
    hide_title = True
    formfield_overrides = {
        ArrayField: {"widget": UnfoldAdminTextInputWidget}, models.DecimalField: {"widget": PlainNumber},
    }  # fmt: skip

    def in_words(self, name):
        if name not in self.words:
            return super().in_words(name)
        return Said(name, self.opts.get_field(name).verbose_name, self.words[name])

    def _open(self, plan):
        return plan is None or plan.state == Plan.State.DRAFT

    def has_add_permission(self, request, obj=None):
        return self._open(obj) and self._is_his(request, obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._open(obj) and self._is_his(request, obj) and super().has_change_permission(request, obj)

    def _is_his(self, request, plan):
        return plan is None or self.admin_site.get_model_admin(Plan).has_change_permission(request, plan)

    def has_delete_permission(self, request, obj=None):
        return self._open(obj) and super().has_delete_permission(request, obj)

    def get_formset(self, request, obj=None, **kwargs):
        self.plan = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "book":
            kwargs["queryset"] = books(request)
        if db_field.name == "tier":
            kwargs["queryset"] = _tiers(request, self.plan)
            kwargs["form_class"] = forms.ModelChoiceField if self.plan else TierChoice
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def books(request: HttpRequest) -> QuerySet[Book]:
    return scopes.around_organization(Book.objects.order_by("name"), reach=reach(request))


def _tiers(request, plan):
    every = Tier.objects.filter(programme=plan.programme_id) if plan else Tier.objects.all()
    around = scopes.around_organization(every, reach=reach(request), field="programme__organization")
    return around.select_related("programme").order_by("programme__name", "rank")


class TierChoice(forms.ModelChoiceField):
    def label_from_instance(self, tier):
        return f"{tier.programme} · {tier}"


def _money(value, currency: str) -> str:
    return NONE if value is None else f"{plain(value, least=2)} {currency}"


class EarningRuleInline(OfDraft, StackedInline):
    model = EarningRule
    form = EarningRuleForm
    words = {
        "fixed": lambda rule: of_book(rule.book, rule.fixed),
        "at_least": lambda rule: _money(rule.at_least, rule.currency),
    }
    ordering = ("position", "pk")
    fields = (
        ("position", "book"),
        ("event", "per"),
        ("currency", "rounding"),
        ("rate", "fixed"),
        ("times", "at_least"),
        "goods",
        ("skus", "categories"),
        ("channels", "organizations"),
        ("tiers", "multiplied"),
    )

    def in_words(self, name):
        """The names of events are read once for all rules."""
        if name != "event":
            return super().in_words(name)
        naming = self.naming
        return Said(name, _("What earns"), lambda rule: naming.get(rule.event) if rule.event else _("Orders"))

    @cached_property
    def naming(self) -> event_words.Naming:
        return event_words.Naming()

    def get_formset(self, request, obj=None, **kwargs):
        """The names of events are read once for all rules."""
        formset = super().get_formset(request, obj, **kwargs)
        event = deepcopy(formset.form.base_fields["event"])
        event.choices = [("", _("Orders")), *event_words.choices()]
        formset.form.base_fields["event"] = event
        return formset


class TierRuleInline(OfDraft, TabularInline):
    model = TierRule
    words = {
        name: lambda rule, name=name: of_book(rule.plan.growth_book, getattr(rule, name))
        for name in ("growth_from", "keep_from")
    }
    ordering = ("tier__rank",)
    fields = ("tier", "growth_from", "keep_from", "validity_months", "multiplier")


class SpendRuleInline(OfDraft, TabularInline):
    model = SpendRule
    words = {
        "unit_value": lambda rule: _money(rule.unit_value, rule.currency),
        "most_share": lambda rule: f"{plain(rule.most_share * 100)} %",
        "at_least": lambda rule: of_book(rule.book, rule.at_least),
        "step": lambda rule: of_book(rule.book, rule.step),
    }
    fields = ("book", "currency", "unit_value", "most_share", "at_least", "step")
