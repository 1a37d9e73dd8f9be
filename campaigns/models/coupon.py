from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.coupon_template import CouponTemplate
from members.models import staff


class CouponBatch(models.Model):
    """Unique codes made at once, to be printed or sent: they count against the quota from the beginning."""

    template = models.ForeignKey(
        CouponTemplate, verbose_name=_("template"), on_delete=models.PROTECT, related_name="batches"
    )
    name = models.CharField(_("name"), max_length=100)
    count = models.PositiveIntegerField(_("codes"))
    made = models.PositiveIntegerField(_("made so far"), default=0)
    asked_by = staff.somebody(_("asked for by"), required=True)
    asked_at = models.DateTimeField(_("asked at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    fetched_by = staff.somebody(_("taken out of the house by"))
    fetched_at = models.DateTimeField(_("taken out of the house at"), null=True, blank=True)
    withdrawn_by = staff.somebody(_("withdrawn by"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdraw_reason = models.CharField(_("why it was withdrawn"), max_length=300, blank=True, default="")
    cleared_at = models.DateTimeField(_("all withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("batch of coupons")
        verbose_name_plural = _("batches of coupons")
        constraints = [
            models.CheckConstraint(
                name="coupon_batch_within_count",
                condition=Q(count__gte=1, count__lte=10_000_000, made__gte=0, made__lte=F("count")),
            ),
            models.CheckConstraint(
                name="coupon_batch_done_when_made",
                condition=Q(done_at=None, made__lt=F("count")) | Q(done_at__isnull=False, made=F("count")),
            ),
            models.CheckConstraint(
                name="coupon_batch_fetched_when_done",
                condition=Q(fetched_at=None, fetched_by=None)
                | Q(fetched_at__isnull=False, fetched_by__isnull=False, done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="coupon_batch_withdrawn_with_a_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdraw_reason="", cleared_at=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdraw_reason=""),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return self.made / self.count


class Coupon(models.Model):
    """One coupon, with a code of its own. It belongs to the account that claimed it, so to whoever's person that account
    is with; joining and parting people moves none.

    Which state follows which, and what stays as it was, holds the database (migration 0003).
    """

    class State(models.TextChoices):
        MADE = "made", _("nobody's yet")
        CLAIMED = "claimed", _("claimed")
        HELD = "held", _("held by a till")
        REDEEMED = "redeemed", _("redeemed")
        EXPIRED = "expired", _("expired")
        WITHDRAWN = "withdrawn", _("withdrawn")

    template = models.ForeignKey(
        CouponTemplate, verbose_name=_("template"), on_delete=models.PROTECT, related_name="coupons",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    code = models.CharField(_("code"), max_length=40)
    batch = models.ForeignKey(
        CouponBatch, verbose_name=_("batch"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="coupons", db_index=False, db_constraint=False,
    )  # fmt: skip
    key = models.TextField(_("key of the claim"), blank=True, default="", db_default="")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="coupons", db_index=False, db_constraint=False,
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.MADE)
    made_at = models.DateTimeField(_("made at"))
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)
    claim_channel = models.ForeignKey(
        "members.Channel", verbose_name=_("claimed through"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    valid_from = models.DateTimeField(_("good from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("good until"), null=True, blank=True)
    held_by = models.CharField(_("held by"), max_length=200, blank=True, default="", db_default="")
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True, blank=True)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("redeemed at place"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("redeemed through"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    staff = models.CharField(_("served by"), max_length=100, blank=True, default="", db_default="")
    order_key = models.TextField(_("order number"), blank=True, default="", db_default="")
    ticket = models.ForeignKey(
        "members.Ticket", verbose_name=_("ticket"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    ended_at = models.DateTimeField(_("expired or withdrawn at"), null=True, blank=True)
    reason = models.CharField(_("why withdrawn"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.UniqueConstraint(name="coupon_code_unique", fields=["code"]),
            models.UniqueConstraint(name="coupon_key_once", fields=["key"], condition=~Q(key="")),
            models.UniqueConstraint(
                name="coupon_one_a_ticket", fields=["ticket"], condition=Q(ticket__isnull=False)
            ),
            models.CheckConstraint(
                name="coupon_state_known",
                condition=Q(state__in=["made", "claimed", "held", "redeemed", "expired", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="coupon_claimed_by_somebody",
                condition=Q(account=None, claimed_at=None, claim_channel=None) & ~Q(state="claimed")
                | Q(account__isnull=False, claimed_at__isnull=False, valid_from__isnull=False)
                & ~Q(state="made"),
            ),
            models.CheckConstraint(
                name="coupon_lasts",
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="coupon_held_by_an_order",
                condition=Q(state="held") & ~Q(held_by="") | ~Q(state="held") & Q(held_by=""),
            ),
            models.CheckConstraint(
                name="coupon_redeemed_somewhere",
                condition=Q(state="redeemed", redeemed_at__isnull=False)
                & (Q(organization__isnull=False) | Q(channel__isnull=False))
                | ~Q(state="redeemed")
                & Q(redeemed_at=None, organization=None, channel=None, staff="", order_key="", ticket=None),
            ),
            models.CheckConstraint(
                name="coupon_ended_once",
                condition=Q(state="expired", ended_at__isnull=False, reason="")
                | Q(state="withdrawn", ended_at__isnull=False) & ~Q(reason="")
                | ~Q(state__in=["expired", "withdrawn"]) & Q(ended_at=None, reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="coupon_of_account", fields=["account", "template"], condition=Q(account__isnull=False)
            ),
            models.Index(name="coupon_of_template", fields=["template", "state", "id"]),
            models.Index(name="coupon_of_batch", fields=["batch", "id"], condition=Q(batch__isnull=False)),
            models.Index(
                name="coupon_expiring",
                fields=["valid_until"],
                condition=Q(state__in=["made", "claimed"], valid_until__isnull=False),
            ),
            models.Index(name="coupon_held", fields=["held_by"], condition=Q(state="held")),
            models.Index(
                name="coupon_of_order", fields=["channel", "order_key"], condition=~Q(order_key="")
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.code
