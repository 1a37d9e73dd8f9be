from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OpeningRule(models.Model):
    """What a channel stated of its members is taken over into a programme: points and growth into books at a rate, and
    the tier; each statement that was made before ``until``. The ledger follows corrections, and is never given twice.

    A draft takes over nothing. A running rule is not changed but for its end; withdrawn, what it brought is taken back
    (migration 0005). Accounts of the channel are looked at in the order of their ids, as far as ``looked_to``;
    ``looked_at``: when all had been, since the rule last changed.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        WITHDRAWN = "withdrawn", _("withdrawn")

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
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.RUNNING)
    looked_to = models.BigIntegerField(_("looked at accounts up to"), default=0, editable=False)
    looked_at = models.DateTimeField(_("all accounts looked at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("opening rule")
        verbose_name_plural = _("opening rules")
        constraints = [
            models.UniqueConstraint(
                name="opening_rule_unique", fields=["programme", "channel"], condition=~Q(state="withdrawn")
            ),
            models.CheckConstraint(
                name="opening_rule_state_known", condition=Q(state__in=["draft", "running", "withdrawn"])
            ),
            models.CheckConstraint(
                name="opening_rule_two_books",
                condition=Q(points_book=None) | Q(growth_book=None) | ~Q(points_book=models.F("growth_book")),
            ),
            models.CheckConstraint(
                name="opening_rule_rates", condition=Q(points_rate__gt=0, growth_rate__gt=0)
            ),
        ]

    def __str__(self):
        return f"{self.channel} → {self.programme}"
