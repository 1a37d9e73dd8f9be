from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class PlanQuerySet(models.QuerySet):
    def public(self):
        """Plans that were published; one that was stopped held until then."""
        return self.exclude(state=Plan.State.DRAFT)


class Plan(models.Model):
    """Rules of a programme. The long cycle: one version holds from its start until the next one's. The short cycle: on
    top of it, for a time, a season of every year or days around a holiday.

    A draft can be changed; what was published can only be stopped (migration 0005), so that an order always earns what
    it earned. To change a short plan is to stop it and to publish another one.
    """

    class Cycle(models.TextChoices):
        LONG = "long", _("long cycle")
        SHORT = "short", _("short cycle")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        STOPPED = "stopped", _("stopped")

    class Calendar(models.TextChoices):
        ALWAYS = "always", _("all the time")
        SEASON = "season", _("a season of each year")
        HOLIDAY = "holiday", _("days around a holiday")

    class Downgrade(models.TextChoices):
        ONE = "one", _("one tier down")
        REVIEW = "review", _("to the tier that the growth earns")

    programme = models.ForeignKey(
        "members.Programme", verbose_name=_("programme"), on_delete=models.PROTECT, related_name="plans"
    )
    cycle = models.CharField(_("cycle"), max_length=5, choices=Cycle)
    number = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)

    calendar = models.CharField(_("on"), max_length=8, choices=Calendar, default=Calendar.ALWAYS)
    season_from = models.CharField(
        _("season from"), max_length=5, blank=True, default="", help_text=_("Month and day, such as 06-01.")
    )
    season_to = models.CharField(
        _("season to"), max_length=5, blank=True, default="", help_text=_("Its last day, such as 08-31.")
    )
    holiday = models.CharField(_("holiday"), max_length=32, blank=True, default="")
    days_before = models.PositiveSmallIntegerField(_("days before"), default=0)
    days_after = models.PositiveSmallIntegerField(_("days after"), default=0)

    join_needs = ArrayField(
        models.CharField(max_length=16), verbose_name=_("who joins must give"), default=list, blank=True
    )
    number_prefix = models.CharField(_("member numbers begin with"), max_length=16, blank=True, default="")
    number_digits = models.PositiveSmallIntegerField(_("digits of member numbers"), default=8)
    activity = ArrayField(
        models.CharField(max_length=64),
        verbose_name=_("events that count as activity"),
        default=list,
        blank=True,
    )
    growth_book = models.ForeignKey(
        "members.Book", verbose_name=_("tiers by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    window_months = models.PositiveSmallIntegerField(
        _("growth of the last months"), default=0, help_text=_("0: all that was ever earned.")
    )
    downgrade = models.CharField(
        _("who does not keep a tier falls"), max_length=6, choices=Downgrade, default=Downgrade.REVIEW
    )
    tier_grace_days = models.PositiveSmallIntegerField(_("days of grace of tiers"), default=0)
    falls_with_returns = models.BooleanField(
        _("a tier falls when the purchases that brought it come back"), default=True
    )

    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = staff.somebody(_("published by"), editable=False)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True, editable=False)
    stopped_by = staff.somebody(_("stopped by"), editable=False)
    stop_reason = models.CharField(_("why stopped"), max_length=300, blank=True, default="", editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        permissions = [("publish_plan", _("Can publish and stop plans"))]
        constraints = [
            models.UniqueConstraint(name="plan_number_unique", fields=["programme", "cycle", "number"]),
            models.UniqueConstraint(
                name="plan_long_starts_alone", fields=["programme", "starts_at"],
                condition=Q(cycle="long", state="published"),
            ),
            models.CheckConstraint(
                name="plan_long_has_no_end",
                condition=Q(cycle="short") | Q(cycle="long", ends_at=None, calendar="always", stopped_at=None),
            ),
            models.CheckConstraint(
                name="plan_ends_after_it_starts", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="plan_state_told",
                condition=Q(state="draft", published_at=None, stopped_at=None)
                | Q(state="published", published_at__isnull=False, stopped_at=None)
                | (
                    Q(state="stopped", published_at__isnull=False, stopped_at__isnull=False)
                    & ~Q(stop_reason="")
                ),
            ),
            models.CheckConstraint(
                name="plan_calendar_given",
                condition=Q(calendar="always", season_from="", season_to="", holiday="")
                | Q(
                    calendar="season", holiday="",
                    season_from__regex=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
                    season_to__regex=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
                )
                | (Q(calendar="holiday", season_from="", season_to="") & ~Q(holiday="")),
            ),
            models.CheckConstraint(name="plan_number_digits", condition=Q(number_digits__lte=16)),
            models.CheckConstraint(name="plan_downgrade_known", condition=Q(downgrade__in=["one", "review"])),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.name} {self.number}"


class TierRule(models.Model):
    """What one version of the long plan says of a tier. Frozen with its plan."""

    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="tier_rules"
    )
    tier = models.ForeignKey(
        "members.Tier", verbose_name=_("tier"), on_delete=models.PROTECT, related_name="rules"
    )
    growth_from = models.DecimalField(
        _("from growth of"), max_digits=18, decimal_places=4, null=True, blank=True,
        help_text=_("Empty: growth alone never earns it."),
    )  # fmt: skip
    keep_from = models.DecimalField(
        _("kept from growth of"), max_digits=18, decimal_places=4, null=True, blank=True,
        help_text=_("Empty: as much as it takes to reach it."),
    )  # fmt: skip
    validity_months = models.PositiveSmallIntegerField(
        _("valid for months"), default=0, help_text=_("0: for ever.")
    )
    multiplier = models.DecimalField(_("times what is earned"), max_digits=6, decimal_places=3, default=1)

    class Meta:
        verbose_name = _("tier rule")
        verbose_name_plural = _("tier rules")
        constraints = [
            models.UniqueConstraint(name="tier_rule_unique", fields=["plan", "tier"]),
            models.CheckConstraint(name="tier_rule_multiplier", condition=Q(multiplier__gte=0)),
        ]

    def __str__(self):
        return f"{self.plan_id}: {self.tier_id}"


class SpendRule(models.Model):
    """How points of a book pay for orders, as one version of the long plan says. Frozen with its plan."""

    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="spend_rules"
    )
    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="spend_rules"
    )
    currency = models.CharField(_("currency"), max_length=3)
    unit_value = models.DecimalField(_("each unit pays"), max_digits=18, decimal_places=8)
    most_share = models.DecimalField(
        _("at most this share of the order"), max_digits=5, decimal_places=4, default=1
    )
    at_least = models.DecimalField(_("at least"), max_digits=18, decimal_places=4, default=0)
    step = models.DecimalField(_("in steps of"), max_digits=18, decimal_places=4, default=1)

    class Meta:
        verbose_name = _("spending rule")
        verbose_name_plural = _("spending rules")
        constraints = [
            models.UniqueConstraint(name="spend_rule_unique", fields=["plan", "book", "currency"]),
            models.CheckConstraint(
                name="spend_rule_bounds",
                condition=Q(
                    unit_value__gt=0, most_share__gt=0, most_share__lte=1, at_least__gte=0, step__gt=0
                ),
            ),
        ]

    def __str__(self):
        return f"{self.plan_id}: {self.book_id}"
