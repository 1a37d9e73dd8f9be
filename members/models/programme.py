from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class Programme(models.Model):
    """A loyalty programme of one organization node: its tiers, and what holds when accounts of one person disagree.

    A membership belongs to the programme of the nearest node above it, its own included.
    """

    class TierPolicy(models.TextChoices):
        HIGHEST = "highest", _("the highest of the tiers stated")
        GROWTH = "growth", _("the tier that the summed growth earns")
        ASK = "ask", _("ask a steward; the highest until then")

    class PointsPolicy(models.TextChoices):
        ADD = "add", _("add them up")
        ASK = "ask", _("ask a steward; add them up until then")

    organization = models.OneToOneField(
        "members.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="programme",
    )
    name = models.CharField(_("name"), max_length=200)
    tier_policy = models.CharField(
        _("tiers that disagree"), max_length=8, choices=TierPolicy, default=TierPolicy.HIGHEST
    )
    points_policy = models.CharField(
        _("points that disagree"), max_length=8, choices=PointsPolicy, default=PointsPolicy.ADD
    )

    closed_at = models.DateTimeField(
        _("closed"), null=True, blank=True, help_text=_("From then on nobody joins and nothing is earned.")
    )
    next_number = models.PositiveBigIntegerField(_("next member number"), default=1, editable=False)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(
                name="programme_policies_known",
                condition=Q(tier_policy__in=["highest", "growth", "ask"], points_policy__in=["add", "ask"]),
            )
        ]

    def __str__(self):
        return self.name


class Tier(models.Model):
    """A level of a programme, as channels name it. Higher ranks are better; plans say what growth earns it."""

    programme = models.ForeignKey(
        Programme, verbose_name=_("programme"), on_delete=models.CASCADE, related_name="tiers"
    )
    code = models.CharField(_("code"), max_length=64, help_text=_("As channels state it, such as gold."))
    name = models.CharField(_("name"), max_length=100)
    rank = models.PositiveSmallIntegerField(_("rank"), help_text=_("Higher is better."))

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        constraints = [
            models.UniqueConstraint(name="tier_code_unique", fields=["programme", "code"]),
            models.UniqueConstraint(name="tier_rank_unique", fields=["programme", "rank"]),
        ]

    def __str__(self):
        return self.name


class Settlement(models.Model):
    """What a steward decided where a programme asks. It holds while nobody but these accounts states anything.

    It is about accounts: when they turn out to be several people, or one more account joins them, it does not apply.
    """

    class Points(models.TextChoices):
        ADD = "add", _("add them up")
        HIGHEST = "highest", _("the highest: the same points were stated twice")

    class Tiers(models.TextChoices):
        HIGHEST = "highest", _("the highest of the tiers stated")
        GROWTH = "growth", _("the tier that the summed growth earns")

    programme = models.ForeignKey(
        Programme, verbose_name=_("programme"), on_delete=models.CASCADE, related_name="settlements"
    )
    accounts = ArrayField(models.BigIntegerField(), verbose_name=_("accounts"))
    tiers = models.CharField(_("tiers"), max_length=8, choices=Tiers)
    points = models.CharField(_("points"), max_length=8, choices=Points)
    reason = models.TextField(_("reason"), blank=True, default="")
    decided_at = models.DateTimeField(_("decided at"))
    decided_by = staff.somebody(_("decided by"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints = [
            models.CheckConstraint(name="settlement_is_between_accounts", condition=Q(accounts__len__gt=1)),
        ]

    def __str__(self):
        return f"{self.programme_id}: {self.accounts}"
