from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.event import CurrentTransaction


class LineageEntry(models.Model):
    """One account moved from one OneID to another. Append-only; other systems follow it by cursor."""

    tx = models.BigIntegerField(_("transaction"), db_default=CurrentTransaction(), editable=False)
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, db_constraint=False
    )
    from_member = models.ForeignKey(
        "members.Member", verbose_name=_("from"), on_delete=models.PROTECT, db_constraint=False,
        related_name="lineage_from",
    )  # fmt: skip
    to_member = models.ForeignKey(
        "members.Member", verbose_name=_("to"), on_delete=models.PROTECT, db_constraint=False,
        related_name="lineage_to",
    )  # fmt: skip
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
