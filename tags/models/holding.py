from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.event import CurrentTransaction, EventCursor, SettledBefore


class MemberTags(models.Model):
    """Derived: the ids of all tag values that a member has, in ascending order, and his numbers by their slots."""

    member = models.OneToOneField(
        "members.Member", primary_key=True, on_delete=models.CASCADE, related_name="tags"
    )
    values = ArrayField(models.IntegerField(), verbose_name=_("tag values"), default=list)
    numbers = ArrayField(
        models.FloatField(null=True), verbose_name=_("numbers"), default=list, db_default=[],
        help_text=_("The number of a tag stands at the tag's slot; nothing there: not known."),
    )  # fmt: skip
    computed_at = models.DateTimeField(
        _("changed at"), help_text=_("When a computation last changed something here.")
    )

    class Meta:
        verbose_name = _("tags of a member")
        verbose_name_plural = _("tags of members")
        indexes = [GinIndex(name="member_tags_values", fields=["values"])]

    def __str__(self):
        return str(self.member_id)


class MemberTurn(models.Model):
    """Derived: when time alone may next change something that is said of a member (ADR 032)."""

    member = models.OneToOneField(
        "members.Member", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    due_at = models.DateTimeField(_("due"))

    class Meta:
        verbose_name = _("next turn of a member")
        verbose_name_plural = _("next turns of members")
        indexes = [models.Index(name="member_turn_due", fields=["due_at"])]

    def __str__(self):
        return f"{self.member_id} {self.due_at:%Y-%m-%d %H:%M}"


class TagChangeQuerySet(models.QuerySet):
    def after(self, cursor: EventCursor):
        """Settled changes behind the cursor in (tx, id) order, as ``Event.objects.after``: the feed of journeys."""
        behind = Q(tx=cursor.tx, id__gt=cursor.event_id) | Q(tx__gt=cursor.tx)
        return self.filter(behind, tx__gte=cursor.tx, tx__lt=SettledBefore()).order_by("tx", "id")


class TagChange(models.Model):
    """What one computation changed of one member. Append-only history, and the feed of those who act on tags (ADR 030).

    A run may write millions of rows, so the database does not check that member and values exist: neither is
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
    run = models.ForeignKey(
        "tags.TagRun", verbose_name=_("run"), null=True, blank=True, on_delete=models.DO_NOTHING,
        db_constraint=False, db_index=False, related_name="+",
    )  # fmt: skip
    gained = ArrayField(models.IntegerField(), verbose_name=_("values gained"), default=list)
    lost = ArrayField(models.IntegerField(), verbose_name=_("values lost"), default=list)
    slots = ArrayField(
        models.SmallIntegerField(), verbose_name=_("numbers that changed"), default=list, db_default=[]
    )
    numbers = ArrayField(
        models.FloatField(null=True), verbose_name=_("what they became"), default=list, db_default=[]
    )
    at = models.DateTimeField(_("time"))

    objects = TagChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag change")
        verbose_name_plural = _("tag changes")
        indexes = [
            models.Index(name="tag_change_of_member", fields=["member", "at"]),
            BrinIndex(name="tag_change_time", fields=["at"], autosummarize=True),
            BrinIndex(name="tag_change_log", fields=["tx"], autosummarize=True),
        ]

    def __str__(self):
        return f"+{self.gained} -{self.lost}"
