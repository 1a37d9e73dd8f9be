from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.lifecycle import house


class EarningRule(models.Model):
    """What orders earn in a book under a plan. Of the rules of a plan and book the first, by ``position``, that a line
    matches gives it ``rate`` for each unit of the currency paid; ``fixed`` is given once an order. In a short plan
    ``times`` makes it so many times what the long plan gave. A rule for an ``event`` gives ``fixed`` for an action of that
    name, ``per`` each of them, once a day or once.

    Frozen with its plan (migration 0005), so that an order always earns what it earned. ``skus`` and ``categories``
    have those of ``goods`` as they were when the plan was published.
    """

    class Rounding(models.TextChoices):
        DOWN = "down", _("down")
        HALF_UP = "half_up", _("half up")

    class Per(models.TextChoices):
        EACH = "each", _("every time")
        DAY = "day", _("once a day")
        ONCE = "once", _("once")

    plan = models.ForeignKey(
        "members.Plan", verbose_name=_("plan"), on_delete=models.CASCADE, related_name="earning_rules"
    )
    position = models.PositiveSmallIntegerField(
        _("place"), default=1, help_text=_("The first one that a line matches counts.")
    )
    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="earning_rules"
    )
    event = models.CharField(
        _("for an action"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("None: the rule is for orders."),
    )
    per = models.CharField(_("given"), max_length=4, choices=Per, blank=True, default="")
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, default="", help_text=_("Of orders, such as CNY.")
    )
    rate = models.DecimalField(
        _("for each unit paid"),
        max_digits=12,
        decimal_places=6,
        default=0,
        help_text=_("1 gives a point for each yuan."),
    )
    fixed = models.DecimalField(
        _("once an order, or for the action"),
        max_digits=18,
        decimal_places=4,
        default=0,
        help_text=_("So many, whatever was paid."),
    )
    times = models.DecimalField(
        _("times"), max_digits=6, decimal_places=3, null=True, blank=True,
        help_text=_("Short cycle: 2 doubles what the long cycle gives."),
    )  # fmt: skip
    multiplied = models.BooleanField(
        _("times the tier's multiplier"), default=True, help_text=_("As the plan's tier rules say.")
    )
    rounding = models.CharField(_("rounded"), max_length=8, choices=Rounding, default=Rounding.DOWN)
    goods = models.ForeignKey(
        "members.GoodsSet", verbose_name=_("goods set"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    skus = ArrayField(
        models.CharField(max_length=100), verbose_name=_("SKUs"), default=list, blank=True,
        help_text=_("Neither SKU nor category nor set: all goods."),
    )  # fmt: skip
    categories = ArrayField(
        models.CharField(max_length=100), verbose_name=_("categories"), default=list, blank=True
    )
    channels = ArrayField(
        models.CharField(max_length=64), verbose_name=_("channels"), default=list, blank=True,
        help_text=_("Their codes. Empty: all."),
    )  # fmt: skip
    organizations = ArrayField(
        models.CharField(max_length=64), verbose_name=_("organizations"), default=list, blank=True,
        help_text=_("Their codes; what is below them counts. Empty: all."),
    )  # fmt: skip
    tiers = ArrayField(
        models.CharField(max_length=64), verbose_name=_("tiers"), default=list, blank=True,
        help_text=_("Their codes. Empty: everybody, with a tier or without."),
    )  # fmt: skip
    at_least = models.DecimalField(
        _("for orders of at least"), max_digits=18, decimal_places=4, null=True, blank=True,
        help_text=_("Of goods that were kept."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = [
            models.UniqueConstraint(name="earning_rule_unique", fields=["plan", "book", "position"]),
            models.CheckConstraint(
                name="earning_rule_rate", condition=Q(rate__gte=0, fixed__gte=0),
                violation_error_message=_("What is given for each unit or once an order is not below 0."),
            ),
            models.CheckConstraint(
                name="earning_rule_times", condition=Q(times=None) | Q(times__gte=1, rate=0, fixed=0),
                violation_error_message=_("“Times” is at least 1, and stands without a rate and a fixed amount."),
            ),
            models.CheckConstraint(
                name="earning_rule_at_least", condition=Q(at_least=None) | Q(at_least__gt=0),
                violation_error_message=_("“For orders of at least” is above 0, or empty."),
            ),
            models.CheckConstraint(
                name="earning_rule_rounding_known", condition=Q(rounding__in=["down", "half_up"])
            ),
            models.CheckConstraint(
                name="earning_rule_of_an_action",
                condition=Q(event="", per="")
                | ~Q(event="")
                & Q(per__in=["each", "day", "once"], rate=0, currency="", goods=None, skus=[], categories=[], tiers=[], at_least=None),
                violation_error_message=_("A rule for an action says how often it is given, and nothing of money, goods or tiers."),
            ),
            models.CheckConstraint(
                name="earning_rule_of_an_action_gives",
                condition=Q(event="") | Q(fixed__gt=0) | Q(times__isnull=False, per="each"),
                violation_error_message=_("A rule for an action gives an amount, or “times”, which is given every time."),
            ),
            models.CheckConstraint(
                name="earning_rule_of_a_customers_action",
                condition=Q(event=house.REVIEWED) | ~Q(event__regex=house.EVENTS),
                violation_error_message=_("What the house itself writes into the log earns nothing."),
            ),
            models.CheckConstraint(
                name="earning_rule_currency", condition=~Q(event="") | Q(currency__regex="^[A-Z]{3}$"),
                violation_error_message=_("A currency is three capital letters, such as CNY."),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.position} · {self.event or self.currency}"

    def all_goods(self) -> tuple[set[str], set[str]]:
        """The SKUs and categories that it will be frozen with."""
        skus, categories = set(self.skus), set(self.categories)
        if self.goods:
            skus, categories = skus | set(self.goods.skus), categories | set(self.goods.categories)
        return skus, categories


class EarningBasis(models.Model):
    """With which tier an order earned, decided once, at its first settling: a return gives back what the sale gave.

    An order that changes hands, or is told anew as of another time or place, is decided for that again; told back, it has
    the tier that it had.
    """

    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    order_key = models.TextField(_("order number"))
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    programme = models.ForeignKey(
        "members.Programme", verbose_name=_("programme"), on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    occurred_at = models.DateTimeField(_("order placed at"))
    tier = models.ForeignKey(
        "members.Tier", verbose_name=_("tier"), null=True, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("basis of an earning")
        verbose_name_plural = _("bases of earnings")
        constraints = [
            models.UniqueConstraint(
                name="earning_basis_once",
                fields=["channel", "order_key", "account", "programme", "occurred_at"],
            )
        ]

    def __str__(self):
        return self.order_key
