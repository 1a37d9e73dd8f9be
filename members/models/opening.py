from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OpeningRule(models.Model):
    """What a channel stated of its members is taken over into a programme: points and growth into books at a rate, and
    the tier; each statement that was made before ``until``. The ledger follows corrections, and is never given twice.
    """

    programme = models.ForeignKey(
        "members.Programme",
        verbose_name=_("programme"),
        on_delete=models.PROTECT,
        related_name="opening_rules",
    )
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="opening_rules"
    )
    points_book = models.ForeignKey(
        "members.Book", verbose_name=_("points into"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    points_rate = models.DecimalField(_("for each point stated"), max_digits=12, decimal_places=6, default=1)
    growth_book = models.ForeignKey(
        "members.Book", verbose_name=_("growth into"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    growth_rate = models.DecimalField(_("for each growth stated"), max_digits=12, decimal_places=6, default=1)
    tiers = models.BooleanField(_("tiers count"), default=True)
    until = models.DateTimeField(
        _("statements made until"),
        null=True,
        blank=True,
        help_text=_("Empty: as long as the channel states anything."),
    )

    class Meta:
        verbose_name = _("opening rule")
        verbose_name_plural = _("opening rules")
        constraints = [
            models.UniqueConstraint(name="opening_rule_unique", fields=["programme", "channel"]),
            models.CheckConstraint(
                name="opening_rule_rates", condition=Q(points_rate__gt=0, growth_rate__gt=0)
            ),
        ]

    def __str__(self):
        return f"{self.programme_id}: {self.channel_id}"
