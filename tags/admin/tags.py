"""Tags: the list by their facets, the card of each, its form, its buttons; and the tree that they stand in."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_q.tasks import async_task
from unfold.decorators import display

from members.admin.base import AroundAdmin, number, reach
from members.models import Organization
from tags.actions import approvals, definitions
from tags.admin import tag_card, tag_forms, tag_verbs
from tags.admin.tag_card import counted
from tags.admin.tag_filters import CategoryFilter, UnusedFilter
from tags.conditions.faults import Fault
from tags.models import Category, Tag, TagValue
from tags.queries import branches, standing

SHOWN = 3


@admin.register(Tag)
class TagAdmin(AroundAdmin):
    form = tag_forms.TagForm
    list_display = (
        "name",
        "code",
        "shown_category",
        "shown_source",
        "kind",
        "value_counts",
        "owner",
        "shown_status",
    )
    list_select_related = ("organization", "category")
    list_filter = (CategoryFilter, "source", "kind", "status", UnusedFilter)
    list_filter_submit = False
    search_fields = ("code__startswith", "name__startswith")
    search_help_text = _("the beginning of a code or name")
    ordering = ("name",)
    sortable_by = ()
    change_list_template = "tags/tags.html"

    def get_queryset(self, request):
        values = Prefetch("values", TagValue.objects.filter(dropped=False).order_by("position", "id"))
        return super().get_queryset(request).prefetch_related(values)

    def has_delete_permission(self, request, obj=None):
        """A draft is deleted by its button; what was ever live is retired, and keeps its history."""
        return False

    def get_urls(self):
        view, site = self.admin_site.admin_view, "tags_tag"
        return [
            path("tree/", view(self.tree_view), name=f"{site}_tree"),
            path("<int:pk>/edit/", view(self.edit_view), name=f"{site}_edit"),
            path("<int:pk>/do/<slug:verb>/", view(require_POST(self.verb_view)), name=f"{site}_do"),
            *super().get_urls(),
        ]

    def get_list_display(self, request):
        self.counts = counted(request)
        return super().get_list_display(request)

    def tree_view(self, request: HttpRequest) -> HttpResponse:
        """Categories, their dimensions, tags and values, as the reader's node sees them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        tags = self.get_queryset(request).exclude(status=Tag.Status.RETIRED).order_by("name")
        for facet in ("source", "kind"):
            if chosen := request.GET.get(facet):
                tags = tags.filter(**{facet: chosen[:20]})
        seen = self.admin_site._registry[Category].get_queryset(request)
        tops, loose = branches.tree(categories=seen, tags=tags)
        told = {
            "branches": tops, "loose": loose, "counts": counted(request), "facets": _facets(request),
            "may_add": self.has_add_permission(request),
            "may_branch": request.user.has_perm("tags.add_category"),
        }  # fmt: skip
        return self._page(request, "tree", _("Tree of tags"), **told)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        """The card."""
        tag = self._tag(request, number(str(object_id)))
        told = tag_card.about(request, tag, his=self._is_his(tag, reach(request)))
        return self._page(request, "tag", tag.name, **told)

    def add_view(self, request: HttpRequest, form_url="", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._form_page(request, None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        tag = self._tag(request, pk)
        if not (self.has_change_permission(request, tag) and tag_verbs.may_edit(request.user, tag)):
            raise PermissionDenied
        return self._form_page(request, tag)

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        tag = self._tag(request, pk)
        wanted = tag_verbs.ALL.get(verb)
        if wanted is None or not (
            self._is_his(tag, reach(request)) and request.user.has_perm(wanted.permission)
        ):
            raise PermissionDenied
        try:
            said = {name: request.POST.get(name, "") for name in ("reason", "seen")}
            tag_verbs.do(wanted, tag=tag, by=request.user, now=timezone.now(), **said)
        except (approvals.Refused, Fault) as refused:
            messages.error(request, str(refused))
            return redirect("admin:tags_tag_change", pk)
        messages.success(request, wanted.done)
        self._follow(tag, verb)
        return (
            redirect("admin:tags_tag_changelist")
            if verb == "delete"
            else redirect("admin:tags_tag_change", pk)
        )

    def _form_page(self, request: HttpRequest, tag: Tag | None) -> HttpResponse:
        form = self.get_form(request, tag, change=tag is not None, fields=tag_forms.FIELDS)(
            request.POST or None, instance=tag, initial=self._initial(request, tag)
        )
        node = tag.organization if tag else self._node(request)
        values = tag_forms.ValueFormSet(
            request.POST or None, initial=tag_forms.values_of(tag), prefix="values", node=node
        )
        read = request.method == "POST" and form.is_valid() and values.is_valid()
        if read and (saved := self._saved(request, form, values, tag)):
            return redirect("admin:tags_tag_change", saved.pk)
        title = tag.name if tag else _("New tag")
        told = {
            "form": form, "values": values, "tag": tag, "media": self.media + form.media + values.media,
            "about": form.named(*tag_forms.ABOUT, "definition"), "why": form.named(*tag_forms.WHY),
            "found": form.named(*tag_forms.FOUND),
            "seen": request.POST.get("seen", "") or (standing.mark(tag=tag) if tag else ""),
        }  # fmt: skip
        return self._page(request, "tag_edit", title, **told)

    def _initial(self, request, tag) -> dict:
        given = {} if tag else {"source": "rule", "category": number(request.GET.get("category")) or None}
        return given if tag else given | {"organization": self._node(request)}

    def _node(self, request) -> Organization | None:
        mine = reach(request)
        return mine.node or Organization.objects.filter(kind=Organization.Kind.GROUP).order_by("pk").first()

    def _saved(self, request, form, values, tag: Tag | None) -> Tag | None:
        given = {**form.given(), "values": values.given(), "by": request.user, "now": timezone.now()}
        if tag and tag.model and form.cleaned_data["model"]:
            given["values"] = None  # a model keeps its own
        try:
            if tag is None:
                saved = definitions.draft(**given, organization=form.cleaned_data["organization"])
                self.log_addition(request, saved, [{"added": {}}])
            else:
                seen = request.POST.get("seen", "")
                saved = definitions.change(tag=tag, **given, note=form.cleaned_data["note"], seen=seen)
                self.log_change(request, saved, [{"changed": {"fields": form.changed_data}}])
        except (approvals.Refused, Fault) as refused:
            form.refuse(refused)
            return None
        said = _("Members get or lose the tag in a moment.") if saved.active else _("The draft is saved.")
        messages.success(request, said)
        self._follow(saved, "change")
        return saved

    def _follow(self, tag: Tag, verb: str) -> None:
        """What the worker does then, as soon as it is committed."""
        if verb == "retire" or (verb == "change" and tag.active):
            transaction.on_commit(lambda: async_task("tags.tasks.end_values", group="tags"))
        if verb == "approve" or (verb == "change" and tag.active):
            transaction.on_commit(lambda: async_task("tags.tasks.compute_tag", tag.code, group="tags"))

    def _tag(self, request, pk: int) -> Tag:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = (
            super()
            .get_queryset(request)
            .select_related("organization", "category", "created_by", "approved_by")
        )
        if (tag := found.filter(pk=pk).first()) is None:
            raise Http404
        return tag

    def _page(self, request, name: str, title, **more) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **more}
        return TemplateResponse(request, f"tags/{name}.html", context)

    @display(description=_("category"))
    def shown_category(self, tag):
        return tag.category or "–"

    @display(
        description=_("found by"),
        label={"rule": "info", "model": "success", "fact": "info", "strategy": "warning", "ideal": "warning"},
    )
    def shown_source(self, tag):
        return tag.source, f"{tag.get_source_display()} {tag.model}".strip()

    @display(description=_("status"), label={"approved": "success", "draft": "warning", "retired": "danger"})
    def shown_status(self, tag):
        return tag.status, tag.get_status_display()

    @display(description=_("values and members"))
    def value_counts(self, tag):
        rows = [(value.name, f"{self.counts.get(value.pk, 0):,}") for value in tag.values.all()]
        shown = format_html_join(" ", '<span class="nf-chip">{} {}</span>', rows[:SHOWN])
        left = len(rows) - SHOWN
        if left <= 0:
            return shown
        return format_html("{} {}", shown, ngettext("and %d more", "and %d more", left) % left)


def _facets(request: HttpRequest) -> list[tuple]:
    """(title, [(label, address, chosen)]) of the filters above the tree."""
    found = []
    for facet, choices in (("source", Tag.Source.choices), ("kind", Tag.Kind.choices)):
        links = []
        for value, label in [("", _("all")), *choices]:
            query = request.GET.copy()
            query.pop(facet, None)
            if value:
                query[facet] = value
            links.append(
                (
                    label,
                    f"{reverse('admin:tags_tag_tree')}?{query.urlencode()}",
                    request.GET.get(facet, "") == value,
                )
            )
        found.append((Tag._meta.get_field(facet).verbose_name, links))
    return found
