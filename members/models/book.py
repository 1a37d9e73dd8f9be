import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.ledger import amounts, expiry

GROWTH_STAYS = _(
    "Growth never expires: leave “never” here. For how many of the last months it counts says the plan that rules tiers:"
    " copy it into a draft, change it there, and publish it from a day to come."
)


class Book(models.Model):
    """One sort of value of one organization node: the points of a brand, growth, a gift card's money.

    Amounts are whole numbers of steps, 10 ** -``scale`` of the unit. What it counts never changes (migration 0004);
    expiry and waiting time may, for what is earned from then on. Growth never expires: plans count it by a window.
    """

    class Kind(models.TextChoices):
        POINTS = "points", _("points")
        GROWTH = "growth", _("growth")
        STORED_VALUE_PRINCIPAL = "stored_value_principal", _("stored value, principal")
        STORED_VALUE_BONUS = "stored_value_bonus", _("stored value, bonus")
        GIFT_CARD = "gift_card", _("gift card")
        RED_PACKET = "red_packet", _("red packet")
        BUDGET = "budget", _("budget")

    class Expiry(models.TextChoices):
        NEVER = expiry.NEVER, _("never")
        MONTHS_AFTER = expiry.MONTHS_AFTER, _("months after it was earned")
        CALENDAR_YEAR_END = (
            expiry.CALENDAR_YEAR_END,
            _("end of the calendar year, months after it was earned"),
        )
        SLIDING = expiry.SLIDING, _("months after the customer last earned or spent")

    class WaitsFrom(models.TextChoices):
        PLACED = "placed", _("the order was placed")
        COMPLETED = "completed", _("the order was completed")

    organization = models.ForeignKey(
        "members.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="books",
    )
    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    unit = models.CharField(_("unit"), max_length=20, help_text=_("Such as points or CNY."))
    scale = models.PositiveSmallIntegerField(_("decimals"), default=0)
    expiry = models.CharField(_("expires"), max_length=20, choices=Expiry, default=Expiry.NEVER)
    expiry_months = models.PositiveSmallIntegerField(_("months"), default=0)
    pending_days = models.PositiveSmallIntegerField(
        _("waiting days"), default=0, help_text=_("What is earned can be spent so many days later.")
    )
    waits_from = models.CharField(
        _("counted from when"),
        max_length=9,
        choices=WaitsFrom,
        default=WaitsFrom.PLACED,
        help_text=_("Completed: what an order earns waits until it is completed, and then so many days."),
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=0,
        help_text=_(
            "What comes back after it had expired can be spent for so many days. 0: it is gone at once."
        ),
    )
    below_zero = models.BooleanField(
        _("may be owed"),
        default=False,
        help_text=_("What is taken back and was spent already is owed, and paid by what is earned next."),
    )
    worth = models.DecimalField(
        _("worth"), max_digits=18, decimal_places=8, null=True, blank=True,
        help_text=_("What one unit is worth in the group's money. Empty: it cannot be converted."),
    )  # fmt: skip
    adjust_limit = models.DecimalField(
        _("by hand without a second person"), max_digits=18, decimal_places=4, null=True, blank=True,
        help_text=_("Adjustments above need somebody else's word. Empty: none does."),
    )  # fmt: skip
    closed_at = models.DateTimeField(
        _("closed"), null=True, blank=True,
        help_text=_("From then on nothing is earned; what is there can be spent."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        constraints = [
            models.CheckConstraint(name="book_scale", condition=Q(scale__lte=4)),
            models.CheckConstraint(
                name="book_kind_known",
                condition=Q(
                    kind__in=[
                        "points", "growth", "stored_value_principal", "stored_value_bonus", "gift_card", "red_packet",
                        "budget",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="book_expiry",
                condition=Q(expiry="never", expiry_months=0)
                | Q(expiry__in=["months_after", "sliding"], expiry_months__gte=1, expiry_months__lte=600)
                | Q(expiry="calendar_year_end", expiry_months__lte=600),
            ),
            models.CheckConstraint(
                name="book_growth_never_expires",
                condition=~Q(kind="growth") | Q(expiry="never"),
                violation_error_message=GROWTH_STAYS,
            ),
            models.CheckConstraint(
                name="book_waits_from_known", condition=Q(waits_from__in=["placed", "completed"])
            ),
            models.CheckConstraint(name="book_worth_something", condition=Q(worth=None) | Q(worth__gt=0)),
            models.CheckConstraint(
                name="book_adjust_limit", condition=Q(adjust_limit=None) | Q(adjust_limit__gte=0)
            ),
            models.UniqueConstraint(name="book_floor", fields=["id", "below_zero"]),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def clean(self):
        """Forms leave out a kind that is settled, and with it the constraint that speaks of it."""
        if self.kind == self.Kind.GROWTH and self.expiry != self.Expiry.NEVER:
            raise ValidationError({"expiry": GROWTH_STAYS})

    def steps(self, amount: Decimal | int) -> int:
        """Raises members.ledger.amounts.Unfit."""
        return amounts.steps(amount, scale=self.scale)

    def shown(self, steps: int) -> Decimal:
        return amounts.shown(steps, scale=self.scale)

    def ends(self, earned_at: dt.datetime) -> dt.datetime | None:
        """When what was earned then is gone."""
        zone = timezone.get_default_timezone()
        return expiry.ends(policy=self.expiry, months=self.expiry_months, earned_at=earned_at, zone=zone)

    def ready(self, earned_at: dt.datetime) -> dt.datetime:
        """From when on what was earned then can be spent."""
        return earned_at + dt.timedelta(days=self.pending_days)

    def ready_of_order(self, placed_at: dt.datetime, completed_at: dt.datetime | None) -> dt.datetime:
        """From when on what an order earned can be spent; ``completed_at``: None until it is completed."""
        if self.waits_from == self.WaitsFrom.PLACED:
            return self.ready(placed_at)
        return self.ready(completed_at) if completed_at else expiry.NOT_YET
