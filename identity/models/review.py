from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.event import CurrentTransaction


class Verdict(models.Model):
    """A steward's (or an accepted model's) word on two sets of accounts, or on one identifier. Withdrawable."""

    class Kind(models.TextChoices):
        SAME = "same", _("the same person")
        NOT_SAME = "not_same", _("not the same person")
        SHARED = "shared", _("shared identifier")
        NOT_SHARED = "not_shared", _("not a shared identifier")

    kind = models.CharField(_("verdict"), max_length=10, choices=Kind)
    left = ArrayField(models.BigIntegerField(), verbose_name=_("accounts"), default=list, blank=True)
    right = ArrayField(models.BigIntegerField(), verbose_name=_("against accounts"), default=list, blank=True)
    identifier = models.ForeignKey(
        "identity.Identifier", verbose_name=_("identifier"), null=True, blank=True, on_delete=models.PROTECT
    )
    model = models.CharField(_("model and version"), max_length=100, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    decided_at = models.DateTimeField(_("decided at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("decided by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("withdrawn by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        constraints = [
            models.CheckConstraint(
                name="verdict_on_accounts_or_on_an_identifier",
                condition=Q(kind__in=["same", "not_same"], identifier=None, left__len__gt=0, right__len__gt=0)
                | Q(kind__in=["shared", "not_shared"], identifier__isnull=False, left__len=0, right__len=0),
            ),
        ]
        indexes = [
            GinIndex(name="verdict_left", fields=["left"], fastupdate=False),
            GinIndex(name="verdict_right", fields=["right"], fastupdate=False),
        ]

    def __str__(self):
        return self.get_kind_display()


class ReviewCase(models.Model):
    """Something that a person should look at: a refused link, a contradiction, a conflict, a candidate."""

    class Sort(models.TextChoices):
        REFUSED = "refused", _("refused link")
        CONTRADICTION = "contradiction", _("contradiction")
        CONFLICT = "conflict", _("conflict")
        CANDIDATE = "candidate", _("candidate")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DECIDED = "decided", _("decided")
        OBSOLETE = "obsolete", _("no longer true")

    sort = models.CharField(_("sort"), max_length=13, choices=Sort)
    key = models.CharField(_("natural key"), max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=40)
    identifier = models.ForeignKey(
        "identity.Identifier", verbose_name=_("identifier"), null=True, blank=True, on_delete=models.PROTECT
    )
    left = ArrayField(models.BigIntegerField(), verbose_name=_("accounts"))
    right = ArrayField(models.BigIntegerField(), verbose_name=_("against accounts"))
    evidence = models.JSONField(_("evidence"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("review case")
        verbose_name_plural = _("review cases")
        constraints = [
            models.CheckConstraint(
                name="review_case_closed_has_a_time",
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="review_case_open", fields=["sort", "opened_at"], condition=Q(state="open")),
            GinIndex(
                name="review_case_accounts", fields=["left"], fastupdate=False, condition=Q(state="open")
            ),
        ]

    def __str__(self):
        return f"{self.get_sort_display()}: {self.reason}"


class LineageEntry(models.Model):
    """One account moved from one OneID to another. Append-only; other systems follow it by cursor."""

    tx = models.BigIntegerField(_("transaction"), db_default=CurrentTransaction(), editable=False)
    account = models.ForeignKey("members.Account", verbose_name=_("account"), on_delete=models.PROTECT)
    from_member = models.ForeignKey(
        "members.Member", verbose_name=_("from"), on_delete=models.PROTECT, related_name="lineage_from"
    )
    to_member = models.ForeignKey(
        "members.Member", verbose_name=_("to"), on_delete=models.PROTECT, related_name="lineage_to"
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("lineage entry")
        verbose_name_plural = _("lineage")
        constraints = [
            models.CheckConstraint(name="lineage_moves", condition=~Q(from_member=models.F("to_member"))),
        ]
        indexes = [models.Index(name="lineage_log", fields=["tx", "id"])]

    def __str__(self):
        return f"{self.from_member_id} → {self.to_member_id}"
