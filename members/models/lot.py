from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Lot(models.Model):
    """What one posting brought to one wallet, with its own waiting time and expiry. Below zero: what is owed.

    Only ``remaining`` moves, by lot uses; a release may bring ``available_from`` forward, and activity in a sliding book
    moves ``expires_at`` on (migration 0004).
    """

    wallet = models.ForeignKey(
        "members.Wallet", verbose_name=_("wallet"), on_delete=models.PROTECT, related_name="lots",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    posting = models.ForeignKey(
        "members.Posting", verbose_name=_("posting"), on_delete=models.PROTECT, related_name="lots",
        db_constraint=False,
    )  # fmt: skip
    amount = models.BigIntegerField(_("amount"))
    remaining = models.BigIntegerField(_("left"))
    available_from = models.DateTimeField(_("can be spent from"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.CheckConstraint(
                name="lot_remains_within_its_amount",
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount"))
                | Q(amount__lt=0, remaining__lte=0, remaining__gte=F("amount")),
            ),
        ]
        indexes = [
            models.Index(name="lot_open", fields=["wallet", "expires_at", "id"], condition=~Q(remaining=0)),
            models.Index(
                name="lot_expiring",
                fields=["expires_at"],
                condition=Q(remaining__gt=0, expires_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.wallet_id}: {self.remaining}/{self.amount}"


class LotUse(models.Model):
    """What a posting took from a lot, or gave back to it (below zero)."""

    posting = models.ForeignKey(
        "members.Posting", verbose_name=_("posting"), on_delete=models.PROTECT, related_name="uses",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="uses", db_constraint=False
    )
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("lot use")
        verbose_name_plural = _("lot uses")
        constraints = [
            models.UniqueConstraint(name="lot_used_once_a_posting", fields=["posting", "lot"]),
            models.CheckConstraint(name="lot_use_moves_something", condition=~Q(amount=0)),
        ]

    def __str__(self):
        return f"{self.lot_id}: {self.amount}"
