from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ToldReturn(models.Model):
    """A return of a sale at a till that another door told of, such as a nightly file: what the sale's offers gave is undone for it,
    from ``due_at`` on. Told again with more goods, it is due again."""

    sale = models.ForeignKey(
        "campaigns.TillOrder", verbose_name=_("sale"), on_delete=models.PROTECT, related_name="told_returns",
        db_index=False,
    )  # fmt: skip
    number = models.TextField(_("return number"))
    told_at = models.DateTimeField(_("told at"))
    due_at = models.DateTimeField(_("due at"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("return told of")
        verbose_name_plural = _("returns told of")
        constraints = [
            models.UniqueConstraint(name="told_return_once", fields=["sale", "number"]),
        ]
        indexes = [models.Index(name="told_return_due", fields=["due_at", "id"], condition=Q(undone_at=None))]

    def __str__(self):
        return self.number


class UndoneLine(models.Model):
    """So many thousandths of one line of a sale for which what its offers gave was undone, ``before`` of the ``sold`` ones having
    been undone before: with a return at a till, or with one that was told of. Append-only, each piece once (migration 0004)."""

    sale = models.ForeignKey(
        "campaigns.TillOrder", verbose_name=_("sale"), on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    returned = models.ForeignKey(
        "campaigns.TillReturn", verbose_name=_("return"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False,
    )  # fmt: skip
    told = models.ForeignKey(
        ToldReturn, verbose_name=_("return told of"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False,
    )  # fmt: skip
    line = models.PositiveIntegerField(_("line"))
    sold = models.BigIntegerField(_("sold"))
    before = models.BigIntegerField(_("undone before"))
    quantity = models.BigIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("undone line")
        verbose_name_plural = _("undone lines")
        constraints = [
            models.UniqueConstraint(name="undone_line_once", fields=["sale", "line", "before"]),
            models.CheckConstraint(
                name="undone_line_within_what_was_sold",
                condition=Q(before__gte=0, quantity__gte=1) & Q(sold__gte=F("before") + F("quantity")),
            ),
            models.CheckConstraint(
                name="undone_line_with_one_return",
                condition=Q(returned__isnull=False, told=None) | Q(returned=None, told__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.line}: {self.quantity}"
