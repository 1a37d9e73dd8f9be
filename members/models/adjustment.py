from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class Adjustment(models.Model):
    """A correction by hand that is above its book's limit, or (with ``purse``) a pay-out above its card's: somebody asks
    for it, somebody else decides. A pay-out is asked for at an organization, and takes of the card's principal."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="adjustments"
    )
    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="adjustments"
    )
    amount = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=300)
    purse = models.ForeignKey(
        "members.Purse", verbose_name=_("paid out of"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="pay_outs",
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("paid out at"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.ASKED)
    asked_by = staff.somebody(_("asked by"), required=True)
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = staff.somebody(_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    posting = models.OneToOneField(
        "members.Posting", verbose_name=_("posting"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="adjustment",
    )  # fmt: skip

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        permissions = [("approve_adjustment", _("Can agree to adjustments that others asked for"))]
        constraints = [
            models.CheckConstraint(name="adjustment_moves_something", condition=~Q(amount=0)),
            models.CheckConstraint(name="adjustment_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="adjustment_pays_out_somewhere",
                condition=Q(purse=None, organization=None)
                | Q(purse__isnull=False, organization__isnull=False, amount__lt=0),
            ),
            models.CheckConstraint(
                name="adjustment_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="adjustment_decided_or_asked",
                condition=Q(state="asked", decided_by=None, decided_at=None, posting=None)
                | Q(state="done", decided_by__isnull=False, decided_at__isnull=False, posting__isnull=False)
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False, posting=None),
            ),
        ]

    def __str__(self):
        return f"{self.book}: {self.book.shown(self.amount):+f}"
