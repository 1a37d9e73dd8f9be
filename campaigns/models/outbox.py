from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """What the sandbox touchpoint would have sent. Written with its decision in one transaction."""

    decision = models.OneToOneField(
        "campaigns.Decision", verbose_name=_("decision"), primary_key=True, on_delete=models.PROTECT,
        related_name="outbox_message", db_constraint=False,
    )  # fmt: skip
    address = models.TextField(_("address"))
    subject = models.CharField(_("subject"), max_length=200, blank=True, db_default="", default="")
    body = models.TextField(_("message"))
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("sandbox message")
        verbose_name_plural = _("sandbox outbox")

    def __str__(self):
        return self.address
