from django.db import models
from django.utils.translation import gettext_lazy as _


class SignalDelivery(models.Model):
    """What one channel delivers, looked up in the facts themselves once a day: profile.birth_date, event.add_to_cart, …"""

    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.CASCADE, related_name="+"
    )
    signal = models.CharField(_("signal"), max_length=100)
    facts = models.BigIntegerField(_("facts"))
    last_at = models.DateTimeField(_("last one"))
    looked_at = models.DateTimeField(_("looked at"))

    class Meta:
        verbose_name = _("delivered signal")
        verbose_name_plural = _("delivered signals")
        constraints = [models.UniqueConstraint(name="signal_delivery_unique", fields=["channel", "signal"])]

    def __str__(self):
        return self.signal
