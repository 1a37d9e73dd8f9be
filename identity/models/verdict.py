from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class Verdict(models.Model):
    """A steward's (or an accepted model's) word on two sets of accounts, or on one identifier. Withdrawable."""

    class Kind(models.TextChoices):
        SAME = "same", _("the same person")
        NOT_SAME = "not_same", _("not the same person")
        SHARED = "shared", _("shared identifier")
        NOT_SHARED = "not_shared", _("not a shared identifier")
        NOT_HIS = "not_his", _("not the identifier of these accounts")

    kind = models.CharField(_("verdict"), max_length=10, choices=Kind)
    left = ArrayField(models.BigIntegerField(), verbose_name=_("accounts"), default=list, blank=True)
    right = ArrayField(models.BigIntegerField(), verbose_name=_("against accounts"), default=list, blank=True)
    identifier = models.ForeignKey(
        "identity.Identifier", verbose_name=_("identifier"), null=True, blank=True, on_delete=models.PROTECT
    )
    model = models.CharField(_("model and version"), max_length=100, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    decided_at = models.DateTimeField(_("decided at"))
    decided_by = staff.somebody(_("decided by"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = staff.somebody(_("withdrawn by"))
    trial = models.ForeignKey(
        "identity.Trial", verbose_name=_("put in force by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="verdicts",
    )  # fmt: skip

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        constraints = [
            models.CheckConstraint(
                name="verdict_on_accounts_or_on_an_identifier",
                condition=Q(kind__in=["same", "not_same"], identifier=None, left__len__gt=0, right__len__gt=0)
                | Q(kind__in=["shared", "not_shared"], identifier__isnull=False, left__len=0, right__len=0)
                | Q(kind="not_his", identifier__isnull=False, left__len__gt=0, right__len=0),
            ),
        ]
        indexes = [
            GinIndex(name="verdict_left", fields=["left"], fastupdate=False),
            GinIndex(name="verdict_right", fields=["right"], fastupdate=False),
            models.Index(
                name="verdict_not_his",
                fields=["identifier"],
                condition=Q(kind="not_his", withdrawn_at=None),
            ),
        ]

    def __str__(self):
        return self.get_kind_display()
