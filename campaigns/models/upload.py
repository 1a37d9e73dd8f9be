from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class UploadedItem(models.Model):
    """A sale or return of the time without a line, as a till told it, and what became of it. Nothing is dropped: what is
    refused or waits is kept as it came. Once taken in it stays so (migration 0004); its content is the sale's from then on.

    ``notes``: JSON, what was not as the till thought. ``store``: where it happened, if there is such a place at the key's
    ``node`` or below it. ``reused``: its key had been given to another item. ``due_at``: when it is tried again by itself.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("sale")
        RETURN = "return", _("return")
        UNREADABLE = "unknown", _("unreadable")

    class State(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        CORRECTED = "corrected", _("accepted, with a difference")
        WAITING = "waiting", _("waiting")
        REFUSED = "refused", _("refused")
        SET_ASIDE = "set_aside", _("set aside")

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    node = models.ForeignKey(
        "members.Organization", verbose_name=_("node of the key"), on_delete=models.PROTECT, related_name="+"
    )
    store = models.ForeignKey(
        "members.Organization",
        verbose_name=_("store"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    key = models.CharField(_("key"), max_length=100)
    reused = models.BooleanField(_("key of another item"), default=False)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    number = models.CharField(_("sale"), max_length=100, blank=True, default="")
    content = models.UUIDField(_("digest of what was sent"))
    body = models.TextField(_("as the till sent it"), blank=True, default="")
    state = models.CharField(_("state"), max_length=9, choices=State)
    code = models.CharField(_("reason"), max_length=40, blank=True, default="")
    says = models.TextField(_("what is wrong"), blank=True, default="")
    notes = models.TextField(_("differences"), default="[]")
    sale = models.ForeignKey(
        "campaigns.TillOrder", verbose_name=_("sale"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="uploads",
    )  # fmt: skip
    received_at = models.DateTimeField(_("received at"))
    tried_at = models.DateTimeField(_("last tried at"))
    due_at = models.DateTimeField(_("tried again at"), null=True, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=1)
    set_aside_by = staff.somebody(_("set aside by"))
    reason = models.CharField(_("why it was set aside"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("uploaded item")
        verbose_name_plural = _("uploaded items")
        permissions = [("settle_uploadeditem", _("Can retry or set aside what tills uploaded"))]
        constraints = [
            models.UniqueConstraint(
                name="uploaded_item_once", fields=["channel", "key"], condition=Q(reused=False)
            ),
            models.UniqueConstraint(
                name="uploaded_item_reused_once",
                fields=["channel", "key", "content"],
                condition=Q(reused=True),
            ),
            models.CheckConstraint(
                name="uploaded_item_reused_kept_out",
                condition=Q(reused=False) | Q(state__in=["refused", "set_aside"]),
            ),
            models.CheckConstraint(
                name="uploaded_item_due_while_it_waits",
                condition=Q(state="waiting", due_at__isnull=False) | ~Q(state="waiting") & Q(due_at=None),
            ),
            models.CheckConstraint(
                name="uploaded_item_state_known",
                condition=Q(state__in=["accepted", "corrected"], sale__isnull=False, body="")
                | Q(state__in=["waiting", "refused", "set_aside"], sale=None) & ~Q(code=""),
            ),
            models.CheckConstraint(
                name="uploaded_item_set_aside_by_somebody",
                condition=Q(state="set_aside", set_aside_by__isnull=False) & ~Q(reason="")
                | ~Q(state="set_aside") & Q(set_aside_by=None, reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="uploaded_item_open", fields=["state", "tried_at"],
                condition=Q(state__in=["waiting", "refused"]),
            ),
            models.Index(
                name="uploaded_item_due", fields=["node", "due_at"], condition=Q(state="waiting")
            ),
            models.Index(
                name="uploaded_item_waits", fields=["channel", "number"], condition=Q(state="waiting")
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number or self.key


class StoreCharge(models.Model):
    """What a store gave without a line that nobody else pays for: a coupon or a cap that was used up meanwhile, a budget
    that was empty, an allowance that was over, a price that the rules do not give. ``amount``: minor units."""

    class Kind(models.TextChoices):
        PRICE = "price", _("price")
        LATE = "late", _("rules that were over")
        COUPON = "coupon", _("coupon used up")
        CAP = "cap", _("offer used up")
        BUDGET = "budget", _("budget empty")
        ALLOWANCE = "allowance", _("allowance exceeded")

    item = models.ForeignKey(
        UploadedItem, verbose_name=_("uploaded item"), on_delete=models.PROTECT, related_name="charges"
    )
    store = models.ForeignKey(
        "members.Organization",
        verbose_name=_("store"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    kind = models.CharField(_("what for"), max_length=9, choices=Kind)
    what = models.CharField(_("offer, coupon or allowance"), max_length=100, blank=True, default="")
    amount = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("charge to a store")
        verbose_name_plural = _("charges to stores")
        constraints = [
            models.UniqueConstraint(name="store_charge_once", fields=["item", "kind", "what"]),
            models.CheckConstraint(name="store_charge_some", condition=Q(amount__gt=0)),
        ]
        indexes = [models.Index(name="store_charge_of_store", fields=["store", "at"])]

    def __str__(self):
        return f"{self.kind}: {self.amount}"
