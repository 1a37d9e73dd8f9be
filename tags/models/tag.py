from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.event import CurrentTransaction, EventCursor, SettledBefore


class Tag(models.Model):
    """A definition: members get one of its values by a rule (a condition a value) or by a model."""

    class Kind(models.TextChoices):
        RULE = "rule", _("rule")
        MODEL = "model", _("model")

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    model = models.CharField(_("model"), max_length=32, blank=True, default="", help_text=_("Such as rfm."))
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )
    purpose = models.CharField(_("purpose"), max_length=300, blank=True, default="")
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.CheckConstraint(
                name="tag_model_named", condition=Q(kind="rule", model="") | (Q(kind="model") & ~Q(model=""))
            ),
        ]

    def __str__(self):
        return self.name


class TagValue(models.Model):
    """One value of a tag. Of a rule tag's values the first, by position, whose condition holds is given."""

    tag = models.ForeignKey(Tag, verbose_name=_("tag"), on_delete=models.CASCADE, related_name="values")
    code = models.SlugField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    condition = models.JSONField(_("condition"), null=True, blank=True)

    class Meta:
        verbose_name = _("tag value")
        verbose_name_plural = _("tag values")
        constraints = [models.UniqueConstraint(name="tag_value_unique", fields=["tag", "code"])]

    def __str__(self):
        return self.name


class MemberTags(models.Model):
    """Derived: the ids of all tag values that a member has, in ascending order."""

    member = models.OneToOneField(
        "members.Member", primary_key=True, on_delete=models.CASCADE, related_name="tags"
    )
    values = ArrayField(models.IntegerField(), verbose_name=_("tag values"), default=list)
    computed_at = models.DateTimeField(
        _("changed at"), help_text=_("When a computation last changed something here.")
    )

    class Meta:
        verbose_name = _("tags of a member")
        verbose_name_plural = _("tags of members")
        indexes = [GinIndex(name="member_tags_values", fields=["values"])]

    def __str__(self):
        return str(self.member_id)


class TagChangeQuerySet(models.QuerySet):
    def after(self, cursor: EventCursor):
        """Settled changes behind the cursor in (tx, id) order, as ``Event.objects.after``: the feed of journeys."""
        behind = Q(tx=cursor.tx, id__gt=cursor.event_id) | Q(tx__gt=cursor.tx)
        return self.filter(behind, tx__gte=cursor.tx, tx__lt=SettledBefore()).order_by("tx", "id")


class TagChange(models.Model):
    """A member got or lost a tag value. Append-only history, and the feed of those who act on tags (ADR 030).

    A run may write millions of rows, so the database does not check that member and value exist: neither is
    deleted while it has history.
    """

    tx = models.BigIntegerField(_("transaction"), db_default=CurrentTransaction(), editable=False)
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.CASCADE,
        related_name="tag_changes",
        db_constraint=False,
        db_index=False,
    )
    value = models.ForeignKey(
        TagValue, verbose_name=_("tag value"), on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    gained = models.BooleanField(_("gained"))
    at = models.DateTimeField(_("time"))

    objects = TagChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag change")
        verbose_name_plural = _("tag changes")
        indexes = [
            models.Index(name="tag_change_of_member", fields=["member", "at"]),
            models.Index(name="tag_change_of_value", fields=["value", "at"]),
            BrinIndex(name="tag_change_log", fields=["tx"], autosummarize=True),
        ]

    def __str__(self):
        return f"{'+' if self.gained else '-'}{self.value_id}"


class TagRun(models.Model):
    """One computation of tags: what was computed, for how many, how long, and why it failed if it did."""

    class Scope(models.TextChoices):
        ALL = "all", _("all members")
        CHANGED = "changed", _("changed members")

    scope = models.CharField(_("scope"), max_length=7, choices=Scope)
    tags = ArrayField(models.CharField(max_length=64), verbose_name=_("tags"))
    members = models.PositiveIntegerField(_("members looked at"), default=0)
    gained = models.PositiveIntegerField(_("values gained"), default=0)
    lost = models.PositiveIntegerField(_("values lost"), default=0)
    oldest_event_at = models.DateTimeField(_("oldest event taken in"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta:
        verbose_name = _("tag run")
        verbose_name_plural = _("tag runs")

    def __str__(self):
        return f"{self.get_scope_display()} {self.started_at:%Y-%m-%d %H:%M}"


class ModelRun(models.Model):
    """One fit of a model tag over all members: the bounds it found, which changed members are measured by until the next."""

    tag = models.ForeignKey(Tag, verbose_name=_("tag"), on_delete=models.CASCADE, related_name="model_runs")
    parameters = models.JSONField(_("parameters"))
    bounds = models.JSONField(_("bounds"))
    members = models.PositiveIntegerField(_("members"))
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("model run")
        verbose_name_plural = _("model runs")
        indexes = [models.Index(name="model_run_of_tag", fields=["tag", "id"])]

    def __str__(self):
        return f"{self.tag_id} {self.as_of:%Y-%m-%d}"
