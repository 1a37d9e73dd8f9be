from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    """One statement about one purpose on one channel of contact, with its proof. The latest statement rules."""

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
    language = models.CharField(
        _("language of the text"), max_length=16, blank=True, db_default="", default=""
    )
    shown = models.CharField(
        _("SHA-256 of what was shown"), max_length=64, blank=True, db_default="", default=""
    )
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    device = models.CharField(_("device"), max_length=200, blank=True, db_default="", default="")
    record = models.UUIDField(
        _("record"), null=True, blank=True, help_text=_("Digest of the intake record that stated it.")
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
        indexes = [
            models.Index(
                name="consent_profiling_refused",
                fields=["account"],
                condition=models.Q(purpose="profiling", granted=False),
            )
        ]

    def __str__(self):
        said = _("granted") if self.granted else _("refused")
        return f"{self.purpose}, {self.touchpoint}: {said}"


class ClosedLink(models.Model):
    """The customer of an account withdrew its identification: nothing that it carries joins it to others.

    Derived from the account's consents by ``members.actions.benefits``; a new authorisation removes it.
    """

    account = models.OneToOneField(
        "members.Account", verbose_name=_("account"), primary_key=True, on_delete=models.CASCADE,
        related_name="closed_link",
    )  # fmt: skip
    closed_at = models.DateTimeField(_("closed at"))

    class Meta:
        verbose_name = _("closed identity link")
        verbose_name_plural = _("closed identity links")

    def __str__(self):
        return str(self.account_id)
