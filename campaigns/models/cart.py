from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff

LONGEST = 14 * 24 * 60


class CartWatch(models.Model):
    """Whose carts are followed: certain goods, for so long. Its terms never change; it is stopped, and another one begun."""

    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, related_name="+",
        help_text=_("Carts of its channels, and of those of all places below it."),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=100)
    goods = models.ForeignKey(
        "members.GoodsSet", verbose_name=_("goods"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", help_text=_("Empty: all goods."),
    )  # fmt: skip
    wait_minutes = models.PositiveIntegerField(
        _("wait, in minutes"), default=30,
        help_text=_("How long a customer has to pay before the cart counts as left: at most two weeks."),
    )  # fmt: skip
    created_by = staff.somebody(_("created by"), required=True)
    created_at = models.DateTimeField(_("created at"))
    stopped_by = staff.somebody(_("stopped by"))
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)

    class Meta:
        verbose_name = _("cart watch")
        verbose_name_plural = _("cart watches")
        permissions = [("stop_cartwatch", _("Can stop cart watches"))]
        constraints = [
            models.CheckConstraint(
                name="cart_watch_waits_a_while",
                condition=Q(wait_minutes__gte=1, wait_minutes__lte=LONGEST),
                violation_error_message=_("A wait lasts one minute at least and two weeks at most."),
            ),
            models.CheckConstraint(
                name="cart_watch_stopped_by_somebody",
                condition=Q(stopped_at=None, stopped_by=None)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name


class CartRun(models.Model):
    """One cart on its way: it runs from the first of the goods that is put in until the customer pays, takes it out or lets
    the wait pass. One at a time for each account and watch; what has ended stays as it is (migration 0005)."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        PAID = "paid", _("paid")
        REMOVED = "removed", _("taken out")
        LEFT = "left", _("left behind")
        STOPPED = "stopped", _("stopped")

    watch = models.ForeignKey(
        CartWatch, verbose_name=_("cart watch"), on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    sku = models.CharField(_("SKU"), max_length=100, blank=True, default="")
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(_("put into the cart"))
    due_at = models.DateTimeField(_("left behind from"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    order = models.ForeignKey(
        "members.Order", verbose_name=_("order"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            models.UniqueConstraint(
                name="cart_run_one_running", fields=["account", "watch"], condition=Q(state="running")
            ),
            models.UniqueConstraint(name="cart_run_once", fields=["account", "watch", "started_at"]),
            models.CheckConstraint(
                name="cart_run_state_known",
                condition=Q(state__in=["running", "paid", "removed", "left", "stopped"]),
            ),
            models.CheckConstraint(
                name="cart_run_ended_once",
                condition=Q(state="running", ended_at=None) | ~Q(state="running") & Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cart_run_paid_by_an_order",
                condition=Q(state="paid", order__isnull=False) | ~Q(state="paid") & Q(order=None),
            ),
        ]
        indexes = [
            models.Index(name="cart_run_due", fields=["due_at"], condition=Q(state="running")),
            models.Index(name="cart_run_of_watch", fields=["watch", "started_at"]),
        ]

    def __str__(self):
        return f"{self.sku}: {self.get_state_display()}"
