from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Reward(models.Model):
    """What a sale brings besides its goods, one row an offer: set aside while the sale is held, due until it is given.

    ``amount``: minor units of cash and packets, units of a book, coupons, thousandths of goods; of a multiplier basis
    points. ``given``: what was handed out (of a multiplier what it brought so far), ``back``: how much of ``whole``, which
    its lines share, came back, ``short``: what of that could not be taken back, as it was spent or used already.
    """

    class State(models.TextChoices):
        HELD = "held", _("set aside")
        DUE = "due", _("due")
        GIVEN = "given", _("given")
        PART = "part", _("taken back in part")
        WITHDRAWN = "withdrawn", _("withdrawn")
        MISSED = "missed", _("could not be given")

    class Kind(models.TextChoices):
        CASH = "cash", _("red packet")
        PACKET = "packet", _("random red packet")
        POINTS = "points", _("points")
        MULTIPLIER = "multiplier", _("multiple of the points")
        VOUCHER = "voucher", _("coupon")
        GOODS = "goods", _("goods")

    sale = models.ForeignKey(
        "campaigns.TillOrder", verbose_name=_("sale"), on_delete=models.PROTECT, related_name="rewards"
    )
    offer = models.CharField(_("offer"), max_length=80)
    activity = models.CharField(_("activity"), max_length=100, blank=True, default="")
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    what = models.CharField(_("book, template or article"), max_length=100, blank=True, default="")
    amount = models.BigIntegerField(_("amount"))
    given = models.BigIntegerField(_("given"), default=0)
    whole = models.BigIntegerField(_("shared by the lines"))
    back = models.BigIntegerField(_("of it came back"), default=0)
    short = models.BigIntegerField(_("not recovered"), default=0)
    worth = models.BigIntegerField(_("worth in minor units"), default=0)
    told = models.TextField(_("as quoted"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.HELD)
    after = models.CharField(_("given once"), max_length=8, blank=True, default="")
    days = models.PositiveSmallIntegerField(_("days later"), default=0)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    posting = models.ForeignKey(
        "members.Posting", verbose_name=_("posting"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    coupons = ArrayField(models.BigIntegerField(), verbose_name=_("coupons"), default=list)
    order = models.ForeignKey(
        "members.Order", verbose_name=_("order of the gift"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    why = models.CharField(_("why not"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("at"))
    given_at = models.DateTimeField(_("given at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = [
            models.UniqueConstraint(name="reward_once", fields=["sale", "offer"]),
            models.CheckConstraint(
                name="reward_kind_known",
                condition=Q(kind__in=["cash", "packet", "points", "multiplier", "voucher", "goods"]),
            ),
            models.CheckConstraint(
                name="reward_given_once",
                condition=Q(state__in=["held", "due", "missed"], given_at=None, given=0)
                | Q(state__in=["given", "part"], given_at__isnull=False)
                | Q(state="withdrawn"),
            ),
            models.CheckConstraint(
                name="reward_ended",
                condition=Q(state__in=["held", "due", "given", "part"], ended_at=None)
                | Q(state__in=["withdrawn", "missed"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reward_missed_for_a_reason", condition=~Q(state="missed") | ~Q(why="")
            ),
            models.CheckConstraint(
                name="reward_back_within_its_whole",
                condition=Q(back__gte=0, back__lte=F("whole"), amount__gte=0, given__gte=0, short__gte=0),
            ),
        ]
        indexes = [
            models.Index(
                name="reward_due", fields=["due_at"], condition=Q(state="due", due_at__isnull=False)
            ),
            models.Index(
                name="reward_of_account", fields=["account", "id"], condition=Q(account__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.offer}: {self.amount}"


class Packet(models.Model):
    """One of the random red packets into which the money of an offer was divided when it was published."""

    offer = models.CharField(_("offer"), max_length=80)
    version = models.PositiveSmallIntegerField(_("version"))
    number = models.PositiveIntegerField(_("number"))
    amount = models.BigIntegerField(_("amount in minor units"))
    reward = models.ForeignKey(
        Reward, verbose_name=_("reward"), null=True, blank=True, on_delete=models.SET_NULL, related_name="packets"
    )  # fmt: skip

    class Meta:
        verbose_name = _("packet")
        verbose_name_plural = _("packets")
        constraints = [
            models.UniqueConstraint(name="packet_once", fields=["offer", "version", "number"]),
            models.CheckConstraint(name="packet_holds_something", condition=Q(amount__gt=0)),
        ]
        indexes = [
            models.Index(name="packet_free", fields=["offer", "version", "number"], condition=Q(reward=None))
        ]

    def __str__(self):
        return f"{self.offer}: {self.number}"
