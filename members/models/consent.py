from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    """One statement about one purpose on one channel of contact. The latest statement rules."""

    account = models.ForeignKey(
        "members.Account",
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="consents",
        db_index=False,
    )
    purpose = models.CharField(_("purpose"), max_length=32)
    touchpoint = models.CharField(
        _("touchpoint"), max_length=32, help_text=_("sms, email, push, … or * for all")
    )
    granted = models.BooleanField(_("granted"))
    stated_at = models.DateTimeField(_("stated at"))
    text_version = models.CharField(
        _("version of the text"), max_length=64, blank=True, db_default="", default=""
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                name="consent_statement_unique",
                fields=["account", "purpose", "touchpoint", "stated_at", "granted"],
            ),
        ]

    def __str__(self):
        return f"{self.purpose}/{self.touchpoint}: {self.granted}"
