from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.checks import alike


class Wallet(models.Model):
    """What one account holds in one book; or where value comes from and goes to, by ``role``; or a ``pot`` of the house
    that belongs to nobody yet, such as a gift card that was not activated.

    Accounts' wallets and pots keep their balance; roles keep none: a row that every till writes would queue them all.
    ``below_zero`` is the book's, so that the database itself can refuse a balance below zero (migration 0004).
    """

    class Role(models.TextChoices):
        ISSUED = "issued", _("issued")
        SPENT = "spent", _("spent")
        EXPIRED = "expired", _("expired")
        ADJUSTED = "adjusted", _("adjusted")
        HELD = "held", _("held")
        CONVERTED = "converted", _("converted")
        OPENED = "opened", _("taken over")
        PAID_OUT = "paid_out", _("paid out")

    book = models.ForeignKey(
        "members.Book",
        verbose_name=_("book"),
        on_delete=models.PROTECT,
        related_name="wallets",
        db_index=False,
        db_constraint=False,
    )
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="wallets", db_constraint=False,
    )  # fmt: skip
    role = models.CharField(_("role"), max_length=10, choices=Role, blank=True, default="")
    pot = models.CharField(_("pot"), max_length=64, blank=True, default="", db_default="")
    below_zero = models.BooleanField(_("may be owed"), default=False, editable=False)
    balance = models.BigIntegerField(_("balance"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.CheckConstraint(
                name="wallet_of_an_account_or_a_role",
                condition=alike(Q(role=""), Q(balance__isnull=False))
                & (
                    Q(account__isnull=False, role="", pot="")
                    | Q(account=None) & alike(Q(role=""), ~Q(pot=""))
                ),
            ),
            models.CheckConstraint(
                name="wallet_role_known",
                condition=Q(
                    role__regex="^(issued|spent|expired|adjusted|held|converted|opened|paid_out)?$"
                ),
            ),
            models.CheckConstraint(
                name="wallet_not_below_zero",
                condition=Q(balance=None) | Q(balance__gte=0) | Q(below_zero=True),
            ),
            models.UniqueConstraint(
                name="wallet_of_account", fields=["book", "account"], condition=Q(account__isnull=False)
            ),
            models.UniqueConstraint(name="wallet_of_pot", fields=["book", "pot"], condition=~Q(pot="")),
            models.UniqueConstraint(name="wallet_of_role", fields=["book", "role"], condition=~Q(role="")),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.book}: {self.get_role_display() or self.pk}"
