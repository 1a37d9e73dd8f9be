from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.order import money


class TillBundle(models.Model):
    """The rules that a till of a store was given for the time without a line: what it sold under them is priced again under
    the very same. ``facts``: the document without its offers, which stand in ``rule_sets``, one a period."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    store = models.ForeignKey(
        "members.Organization", verbose_name=_("store"), on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    content = models.UUIDField(_("digest of what it says"))
    facts = models.TextField(_("facts"))
    rule_sets = ArrayField(models.BigIntegerField(), verbose_name=_("sets of rules"))
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("bundle of a till")
        verbose_name_plural = _("bundles of tills")
        constraints = [
            models.CheckConstraint(name="till_bundle_lasts", condition=Q(expires_at__gt=F("issued_at")))
        ]
        indexes = [
            models.Index(name="till_bundle_newest", fields=["store", "channel", "issued_at"]),
            models.Index(name="till_bundle_over", fields=["expires_at"]),
        ]

    def __str__(self):
        return self.code


class SpendAllowance(models.Model):
    """So much of a member's book a store's tills may take without a line: reserved by ``hold`` as long as it lasts. Each
    sale that is uploaded takes its part; the rest is held anew until the same time. ``told``: what tills are told of it, as the
    house knew the member when it was granted."""

    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(_("key"), max_length=100)
    store = models.ForeignKey(
        "members.Organization",
        verbose_name=_("store"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    account = models.ForeignKey(
        "members.Account",
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
    )
    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hold = models.ForeignKey(
        "members.Hold", verbose_name=_("hold"), on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    amount = money(_("amount"))
    spent = money(_("spent"), default=0)
    told = models.TextField(_("as tills are told"))
    until = models.DateTimeField(_("until"))
    granted_at = models.DateTimeField(_("granted at"))

    class Meta:
        verbose_name = _("spend allowance")
        verbose_name_plural = _("spend allowances")
        constraints = [
            models.UniqueConstraint(name="spend_allowance_once", fields=["channel", "key"]),
            models.CheckConstraint(
                name="spend_allowance_within",
                condition=Q(amount__gt=0, spent__gte=0, spent__lte=F("amount"))
                & Q(until__gt=F("granted_at")),
            ),
        ]
        indexes = [models.Index(name="spend_allowance_of_store", fields=["store", "until"])]

    def __str__(self):
        return self.key
