from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Conversion(models.Model):
    """How a posting's amount came from another one: from a movement out of another book (``source``), or from what a
    channel stated (``opening``: by which rule). ``asked`` × ``rate`` = what was posted + ``lost``, which rounding down
    left over; of a statement, it is what stands with the account after the posting. Never changed.
    """

    posting = models.OneToOneField(
        "members.Posting", verbose_name=_("posting"), primary_key=True, on_delete=models.PROTECT,
        related_name="conversion", db_constraint=False,
    )  # fmt: skip
    source = models.OneToOneField(
        "members.Posting", verbose_name=_("from"), null=True, on_delete=models.PROTECT,
        related_name="converted", db_constraint=False,
    )  # fmt: skip
    opening = models.ForeignKey(
        "members.OpeningRule", verbose_name=_("stated"), null=True, on_delete=models.PROTECT,
        related_name="conversions", db_constraint=False, db_index=False,
    )  # fmt: skip
    asked = models.DecimalField(_("amount"), max_digits=24, decimal_places=8)
    rate = models.DecimalField(_("rate"), max_digits=24, decimal_places=12)
    lost = models.DecimalField(_("lost by rounding"), max_digits=24, decimal_places=8)

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")
        constraints = [
            models.CheckConstraint(
                name="conversion_of_a_movement_or_a_statement", condition=Q(source=None) | Q(opening=None)
            ),
            models.CheckConstraint(name="conversion_rate", condition=Q(rate__gt=0)),
            models.CheckConstraint(name="conversion_lost_no_less_than_nothing", condition=Q(lost__gte=0)),
        ]

    def __str__(self):
        return f"{self.asked} × {self.rate}"
