from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.coupon import Coupon
from members.models.checks import alike


class ToldCoupon(models.Model):
    """What a channel said of a coupon: that an order used it, or that a card was got, used, given on or deleted. It is kept
    whether or not the coupon could follow; ``reason`` says why it could not.
    """

    class Kind(models.TextChoices):
        ORDER = "order", _("an order used it")
        GOT = "got", _("got as a card")
        USED = "used", _("used as a card")
        GIVEN = "given", _("given to a friend")
        DELETED = "deleted", _("deleted by the customer")

    class State(models.TextChoices):
        HONOURED = "honoured", _("honoured")
        WAITING = "waiting", _("waits")
        REFUSED = "refused", _("not honoured")
        BACK = "back", _("given back")

    class Reason(models.TextChoices):
        UNPAID = "unpaid", _("the order is not paid yet")
        ACCOUNT = "account", _("its customer is not known yet")
        UNKNOWN = "unknown", _("there is no coupon with this code")
        OTHERS = "others", _("the coupon is somebody else's")
        USED = "used", _("the coupon was used before")
        OVER = "over", _("the coupon was over")
        EARLY = "early", _("the coupon could not be used yet")
        WITHDRAWN = "withdrawn", _("the coupon was withdrawn")
        HELD = "held", _("a till holds the coupon just now")
        PLACE = "place", _("the coupon is for another place")
        SERVICE = "service", _("a service voucher opens a ticket, and is no part of an order")
        STOCK = "stock", _("no gift was left")
        WINDOW = "window", _("it could not be claimed then")
        ENOUGH = "enough", _("the person had as many as one may have")
        QUOTA = "quota", _("all had been given")
        LATE = "late", _("it was taken back by the channel after the coupon had moved on")
        CANCELLED = "cancelled", _("the order was cancelled")
        RETURNED = "returned", _("all goods of the order came back")
        ELSEWHERE = "elsewhere", _("a till or staff gave it back")

    kind = models.CharField(_("what was told"), max_length=7, choices=Kind)
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    key = models.TextField(_("order number, or number of the event"))
    code = models.CharField(_("code"), max_length=100)
    order_key = models.TextField(_("order number"), blank=True, default="", db_default="")
    template_code = models.CharField(_("sort of card"), max_length=100, blank=True, default="", db_default="")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="told_coupons", db_index=False, db_constraint=False,
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    occurred_at = models.DateTimeField(_("happened at"))
    state = models.CharField(_("state"), max_length=8, choices=State)
    reason = models.CharField(_("why"), max_length=9, choices=Reason, blank=True, default="", db_default="")
    coupon = models.ForeignKey(
        Coupon, verbose_name=_("coupon"), null=True, blank=True, on_delete=models.PROTECT, related_name="told",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    before = models.JSONField(
        _("whose the coupon was before"), default=dict, db_default=models.Value({}, models.JSONField())
    )
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("coupon told by a channel")
        verbose_name_plural = _("coupons told by channels")
        constraints = [
            models.UniqueConstraint(name="told_coupon_once", fields=["code", "channel", "kind", "key"]),
            models.CheckConstraint(
                name="told_coupon_kind_known",
                condition=Q(kind__in=["order", "got", "used", "given", "deleted"]),
            ),
            models.CheckConstraint(
                name="told_coupon_state_known",
                condition=Q(state__in=["honoured", "waiting", "refused", "back"]),
            ),
            models.CheckConstraint(
                name="told_coupon_why_not", condition=alike(Q(state="honoured"), Q(reason=""))
            ),
            models.CheckConstraint(
                name="told_coupon_honoured_by_one",
                condition=~Q(state="honoured") | Q(coupon__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="told_coupon_of_order", fields=["channel", "key"]),
            models.Index(
                name="told_coupon_of_account", fields=["account"], condition=Q(account__isnull=False)
            ),
            models.Index(
                name="told_coupon_open", fields=["reason", "code"], condition=Q(state__in=["refused", "waiting"])
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"
