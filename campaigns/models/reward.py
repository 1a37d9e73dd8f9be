from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Reward(models.Model):
    """What a sale brings besides its goods, one row an offer and kind: due until it is given."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        GIVEN = "given", _("given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    sale = models.ForeignKey(
        "campaigns.TillOrder", verbose_name=_("sale"), on_delete=models.PROTECT, related_name="rewards"
    )
    offer = models.CharField(_("offer"), max_length=80)
    activity = models.CharField(_("activity"), max_length=100, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=10)
    what = models.CharField(_("book or template"), max_length=100, blank=True, default="")
    amount = models.BigIntegerField(_("amount"))
    told = models.TextField(_("as quoted"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DUE)
    after = models.CharField(_("given once"), max_length=8, blank=True, default="")
    days = models.PositiveSmallIntegerField(_("days later"), default=0)
    posting = models.ForeignKey(
        "members.Posting", verbose_name=_("posting"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    at = models.DateTimeField(_("at"))
    given_at = models.DateTimeField(_("given at"), null=True, blank=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = [
            models.UniqueConstraint(name="reward_once", fields=["sale", "offer"]),
            models.CheckConstraint(
                name="reward_given_once",
                condition=Q(state="due", given_at=None) | ~Q(state="due") & Q(given_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="reward_due", fields=["at"], condition=Q(state="due"))]

    def __str__(self):
        return f"{self.offer}: {self.amount}"
