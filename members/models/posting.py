from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.checks import alike


class Posting(models.Model):
    """One movement of value in one book, made once under its ``key``. Never changed (migration 0004): a mistake is
    put right by another posting that ``corrects`` it.

    ``account`` is whose movement it is (a pot's is nobody's); its entries may also touch wallets of other accounts of the
    same person. What is held has left the accounts: one posting, of the verb commit or release, ends that.
    ``amount`` is what accounts gained or lost by it. ``short`` is what should have been taken back and could not.
    ``channel`` and ``order_key`` name the order whose earning it is, ``plan`` the plan whose rules gave it.
    """

    class Verb(models.TextChoices):
        EARN = "earn", _("earned")
        SPEND = "spend", _("spent")
        REVERSE = "reverse", _("reversed")
        EXPIRE = "expire", _("expired")
        ADJUST = "adjust", _("adjusted")
        TRANSFER = "transfer", _("given on")
        HOLD = "hold", _("held")
        COMMIT = "commit", _("spent after being held")
        RELEASE = "release", _("no longer held")
        CONVERT = "convert", _("converted")
        OPEN = "open", _("taken over")
        PAY_OUT = "pay_out", _("paid out")

    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="postings",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, on_delete=models.PROTECT, related_name="postings",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    verb = models.CharField(_("what"), max_length=8, choices=Verb)
    key = models.TextField(
        _("key"), help_text=_("Whoever asks again with the same key gets the same answer.")
    )
    content = models.UUIDField(_("digest of what was asked"), editable=False)
    amount = models.BigIntegerField(_("amount"))
    short = models.BigIntegerField(_("not recovered"), default=0, db_default=0)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False,
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    corrects = models.ForeignKey(
        "self", verbose_name=_("corrects"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="corrections", db_index=False, db_constraint=False,
    )  # fmt: skip
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    order_key = models.TextField(_("order number"), blank=True, default="", db_default="")
    plan = models.ForeignKey(
        "members.Plan", verbose_name=_("plan"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    hold = models.ForeignKey(
        "members.Hold", verbose_name=_("hold"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="postings", db_index=False, db_constraint=False,
    )  # fmt: skip

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(name="posting_once", fields=["key"]),
            models.CheckConstraint(name="posting_key_given", condition=~Q(key="")),
            models.CheckConstraint(
                name="posting_short_in_reversals_only", condition=Q(short=0) | Q(short__gt=0, verb="reverse")
            ),
            models.CheckConstraint(
                name="posting_corrects_something",
                condition=alike(Q(corrects__isnull=False), Q(verb__in=["reverse", "commit", "release"])),
            ),
            models.CheckConstraint(
                name="posting_of_a_hold",
                condition=alike(Q(hold__isnull=False), Q(verb__in=["hold", "commit", "release"])),
            ),
            models.UniqueConstraint(
                name="posting_ends_a_hold_once",
                fields=["corrects"],
                condition=Q(verb__in=["commit", "release"]),
            ),
            models.CheckConstraint(
                name="posting_adjusted_for_a_reason",
                condition=~Q(verb="adjust") | ~Q(reason="") & Q(by__isnull=False),
            ),
            models.CheckConstraint(
                name="posting_of_an_order",
                condition=alike(Q(channel=None), Q(order_key=""))
                & (Q(order_key="") | Q(verb__in=["earn", "reverse"])),
            ),
        ]
        indexes = [
            models.Index(name="posting_of_account", fields=["account", "id"]),
            models.Index(
                name="posting_of_order", fields=["channel", "order_key"], condition=~Q(order_key="")
            ),
            models.Index(name="posting_of_hold", fields=["hold"], condition=Q(hold__isnull=False)),
            models.Index(name="posting_corrected", fields=["corrects"], condition=Q(corrects__isnull=False)),
            models.Index(
                name="posting_of_house",
                fields=["recorded_at"],
                condition=Q(account=None, verb__in=["commit", "reverse"]),
            ),
        ]

    def __str__(self):
        return f"{self.verb} {self.pk}"

    @property
    def is_for_an_action(self) -> bool:
        """Of these the reason is the action's event (`members.queries.act_postings.Base`)."""
        return self.key.startswith("event:")


class Entry(models.Model):
    """One side of a posting. The entries of a posting sum to zero and are written by one statement (migration 0004)."""

    posting = models.ForeignKey(
        Posting, verbose_name=_("posting"), on_delete=models.PROTECT, related_name="entries",
        db_constraint=False,
    )  # fmt: skip
    wallet = models.ForeignKey(
        "members.Wallet", verbose_name=_("wallet"), on_delete=models.PROTECT, related_name="entries",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [models.CheckConstraint(name="entry_moves_something", condition=~Q(amount=0))]
        indexes = [models.Index(name="entry_of_wallet", fields=["wallet", "id"])]

    def __str__(self):
        return f"{self.posting_id}: {self.amount}"
