from django.contrib import admin, messages
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task
from unfold.decorators import display

from identity.actions import recipes
from identity.models import HashRecipe
from members.admin.base import OpenAdmin

NOTHING, WAITING, IN_FORCE, OFF = "nothing", "waiting", "in_force", "off"


@admin.register(HashRecipe)
class HashRecipeAdmin(OpenAdmin):
    """How platforms hash what we keep in plain. A change is applied by the worker to everything that is stored."""

    list_display = ("name", "plain_kind", "hashed_kind", "namespace", "algorithm", "state", "applied_at")
    list_select_related = ("plain_kind", "hashed_kind")
    ordering = ("name",)
    sortable_by = ()
    readonly_fields = ("applied_at", "trouble")
    fieldsets = (
        (None, {"fields": (("name", "active"), ("plain_kind", "hashed_kind"), "namespace")}),
        (
            _("How the platform hashes"),
            {"fields": (("form", "algorithm"), ("secret_name", "salt_place")), "description": _(
                "The salt or key itself is never typed in here: it stands in the environment of the web server and "
                "of the workers."
            )},
        ),
        (_("State"), {"fields": ("trouble", "applied_at")}),
    )  # fmt: skip

    @display(
        description=_("state"),
        label={NOTHING: "danger", WAITING: "warning", IN_FORCE: "success", OFF: "info"},
    )
    def state(self, recipe):
        if recipes.problem(recipe):
            return NOTHING, _("does nothing")
        if not recipes.in_force(recipe):
            return WAITING, _("being applied")
        return (IN_FORCE, _("in force")) if recipe.active else (OFF, _("switched off"))

    @display(description=_("what is missing"))
    def trouble(self, recipe):
        return (recipes.problem(recipe) if recipe.pk else "") or _("nothing")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        transaction.on_commit(lambda: async_task("identity.tasks.apply_recipes", group="recipes"))
        if why := recipes.problem(obj):
            self.message_user(request, why, messages.WARNING)
        else:
            self.message_user(
                request,
                _("The worker applies the recipe to everything that is stored. That may take minutes."),
            )

    def has_delete_permission(self, request, obj=None):
        """Switched off instead: what it derived has to be taken back."""
        return False
