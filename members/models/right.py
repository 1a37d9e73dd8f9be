import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.ledger import expiry
from members.models import staff


class Right(models.Model):
    """Something that a member may have: a cleaning, a warranty, a membership elsewhere, a discount, a lounge."""

    class Kind(models.TextChoices):
        SERVICE = "service", _("service")
        WARRANTY = "warranty", _("warranty")
        THIRD_PARTY = "third_party", _("membership elsewhere")
        DISCOUNT = "discount", _("discount")
        LOUNGE = "lounge", _("lounge")
        OTHER = "other", _("other")

    organization = models.ForeignKey(
        "members.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="rights",
    )
    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    validity_months = models.PositiveSmallIntegerField(
        _("valid for months"), default=0, help_text=_("0: for ever.")
    )
    places = models.ManyToManyField(
        "members.Organization", verbose_name=_("usable at"), blank=True, related_name="+",
        help_text=_("These and all below them. Empty: everywhere in its organization."),
    )  # fmt: skip
    channels = models.ManyToManyField(
        "members.Channel", verbose_name=_("usable through"), blank=True, related_name="+",
        help_text=_("Empty: every channel."),
    )  # fmt: skip
    with_code = models.BooleanField(
        _("with an activation code"),
        default=False,
        help_text=_("Each grant gets one of the codes brought in."),
    )
    active_from = models.DateTimeField(_("from"))
    active_to = models.DateTimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("right")
        verbose_name_plural = _("rights")
        constraints = [
            models.CheckConstraint(
                name="right_kind_known",
                condition=Q(kind__in=["service", "warranty", "third_party", "discount", "lounge", "other"]),
            ),
            models.CheckConstraint(
                name="right_period", condition=Q(active_to=None) | Q(active_to__gt=F("active_from"))
            ),
        ]

    def __str__(self):
        return self.name

    def ends(self, begins: dt.datetime) -> dt.datetime | None:
        """The first instant at which a right that begins then is over; None: never."""
        policy = expiry.MONTHS_AFTER if self.validity_months else expiry.NEVER
        zone = timezone.get_default_timezone()
        return expiry.ends(policy=policy, months=self.validity_months, earned_at=begins, zone=zone)


class RightRule(models.Model):
    """Who gets a right by itself: whoever has a tier or a better one, so often a period; or who buys goods of a set, once
    for each serial number. Added, never changed but for its end (migration 0005).
    """

    class Period(models.TextChoices):
        EVER = "ever", _("once")
        YEAR = "year", _("each calendar year")
        MONTH = "month", _("each calendar month")

    right = models.ForeignKey(Right, verbose_name=_("right"), on_delete=models.PROTECT, related_name="rules")
    tier = models.ForeignKey(
        "members.Tier", verbose_name=_("from tier"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="right_rules",
    )  # fmt: skip
    period = models.CharField(_("how often"), max_length=5, choices=Period, default=Period.EVER)
    goods = models.ForeignKey(
        "members.GoodsSet", verbose_name=_("who buys"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    skus = ArrayField(models.CharField(max_length=100), default=list, blank=True, editable=False)
    categories = ArrayField(models.CharField(max_length=100), default=list, blank=True, editable=False)
    quantity = models.PositiveSmallIntegerField(_("uses"), default=1)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("right rule")
        verbose_name_plural = _("right rules")
        constraints = [
            models.CheckConstraint(
                name="right_rule_by_tier_or_goods",
                condition=Q(tier__isnull=False, goods=None)
                | Q(tier=None, goods__isnull=False, period="ever"),
            ),
            models.CheckConstraint(
                name="right_rule_gives_something",
                condition=Q(quantity__gt=0, period__in=["ever", "year", "month"]),
            ),
            models.CheckConstraint(
                name="right_rule_period", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
        ]

    def __str__(self):
        return f"{self.right}: {self.tier or self.goods}"


class RightGrant(models.Model):
    """A right of one account, to be used ``quantity`` times. Made once for each ``source`` and ``source_key``.

    What a tier gives has no row until it is used: it is derived from the tier, and goes with it.
    """

    class Source(models.TextChoices):
        ORDER = "order", _("bought goods")
        TIER = "tier", _("tier")
        HAND = "hand", _("by hand")
        CAMPAIGN = "campaign", _("campaign")

    right = models.ForeignKey(Right, verbose_name=_("right"), on_delete=models.PROTECT, related_name="grants")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="right_grants",
        db_constraint=False,
    )  # fmt: skip
    source = models.CharField(_("by"), max_length=8, choices=Source)
    source_key = models.TextField(_("key"))
    rule = models.ForeignKey(
        RightRule,
        verbose_name=_("rule"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), null=True, on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    order_key = models.TextField(_("order number"), blank=True, default="", db_default="")
    serial = models.CharField(_("serial number"), max_length=100, blank=True, default="", db_default="")
    quantity = models.PositiveSmallIntegerField(_("uses"), default=1)
    used = models.PositiveSmallIntegerField(_("used"), default=0, db_default=0)
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    by = staff.somebody(_("by"), db_index=False)

    class Meta:
        verbose_name = _("right granted")
        verbose_name_plural = _("rights granted")
        permissions = [("use_rightgrant", _("Can use and revoke rights of members"))]
        constraints = [
            models.UniqueConstraint(name="right_granted_once", fields=["source", "source_key", "right"]),
            models.UniqueConstraint(
                name="right_once_a_serial",
                fields=["right", "serial"],
                condition=Q(source="order", revoked_at=None) & ~Q(serial=""),
            ),
            models.CheckConstraint(
                name="right_granted_by_something",
                condition=Q(source__in=["order", "tier", "hand", "campaign"]) & ~Q(source_key=""),
            ),
            models.CheckConstraint(
                name="right_used_at_most", condition=Q(used__lte=F("quantity"), quantity__gt=0)
            ),
            models.CheckConstraint(
                name="right_of_an_order",
                condition=Q(source="order", channel__isnull=False) & ~Q(order_key="")
                | ~Q(source="order") & Q(channel=None, order_key=""),
            ),
            models.CheckConstraint(
                name="right_by_hand_signed", condition=~Q(source="hand") | Q(by__isnull=False) & ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(name="right_of_order", fields=["channel", "order_key"], condition=~Q(order_key="")),
            models.Index(name="right_of_serial", fields=["serial"], condition=~Q(serial="")),
        ]

    def __str__(self):
        return f"{self.right}: {self.used}/{self.quantity}"


class RightUse(models.Model):
    """One use of a right at a place, the ``number``-th of its grant. Append-only."""

    grant = models.ForeignKey(
        RightGrant, verbose_name=_("right"), on_delete=models.PROTECT, related_name="uses"
    )
    number = models.PositiveSmallIntegerField(_("number"))
    key = models.TextField(_("key"))
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("place"), on_delete=models.PROTECT, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), null=True, on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    used_at = models.DateTimeField(_("used at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = staff.somebody(_("staff"), db_index=False)

    class Meta:
        verbose_name = _("use of a right")
        verbose_name_plural = _("uses of rights")
        constraints = [
            models.UniqueConstraint(name="right_used_once", fields=["grant", "number"]),
            models.UniqueConstraint(name="right_use_key", fields=["key"]),
            models.CheckConstraint(name="right_use_counted", condition=Q(number__gt=0) & ~Q(key="")),
        ]

    def __str__(self):
        return f"{self.grant_id}: {self.number}"


class RightCode(models.Model):
    """An activation code of a membership elsewhere, brought in by the house and given out once."""

    right = models.ForeignKey(Right, verbose_name=_("right"), on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(_("code"), max_length=200)
    grant = models.OneToOneField(
        RightGrant, verbose_name=_("given to"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="activation",
    )  # fmt: skip
    brought_at = models.DateTimeField(_("brought in"))
    given_at = models.DateTimeField(_("given out"), null=True, blank=True)

    class Meta:
        verbose_name = _("activation code")
        verbose_name_plural = _("activation codes")
        constraints = [
            models.UniqueConstraint(name="right_code_unique", fields=["right", "code"]),
            models.CheckConstraint(
                name="right_code_given_to_somebody",
                condition=Q(grant=None, given_at=None) | Q(grant__isnull=False, given_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="right_code_free", fields=["right", "id"], condition=Q(grant=None))]

    def __str__(self):
        return f"{self.right_id}: {self.pk}"
