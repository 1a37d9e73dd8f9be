from django.db import models
from django.utils.translation import gettext_lazy as _


class FourElements(models.Model):
    """What an offer is made of, as staff wrote it: JSON of the Structs of ``campaigns.offers``. Empty while a draft.

    ``frozen`` is the engine's whole Offer as it was approved, with every goods set written out: what tills price.
    """

    class Execution(models.TextChoices):
        ADD = "add", _("something on top")
        REDUCE = "reduce", _("a reduction")
        RETURN = "return", _("something back afterwards")
        EXCHANGE = "exchange", _("goods for a small price")

    class After(models.TextChoices):
        PAID = "paid", _("paid")
        RECEIVED = "received", _("received")

    trigger = models.JSONField(_("trigger"), null=True, blank=True, help_text=_("When it applies."))
    execution = models.CharField(
        _("execution"), max_length=8, choices=Execution, blank=True, default="", help_text=_("What it does.")
    )
    after = models.CharField(
        _("given once"), max_length=8, choices=After, blank=True, default="",
        help_text=_("Of what comes back: when, and so many days later."),
    )  # fmt: skip
    after_days = models.PositiveSmallIntegerField(_("days later"), default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="CNY")
    form = models.JSONField(_("form"), null=True, blank=True, help_text=_("What the customer gets."))
    limits = models.JSONField(_("limits"), null=True, blank=True, help_text=_("How often, and beside what."))
    frozen = models.JSONField(_("as approved"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    ELEMENTS = ("trigger", "execution", "form", "limits")

    @property
    def missing(self) -> list[str]:
        """Those of the four that are not there yet."""
        return [name for name in self.ELEMENTS if getattr(self, name) in (None, "")]
