import hashlib

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PromiseText(models.Model):
    """What a customer is promised before he authorises something. Never changed (migration 0003): a correction is
    a new version, so that each consent keeps the words it was given for.
    """

    purpose = models.CharField(_("purpose"), max_length=32)
    language = models.CharField(_("language"), max_length=16, help_text=_("Such as en, zh-hans or es."))
    version = models.CharField(_("version"), max_length=64)
    text = models.TextField(_("text"))
    benefit = models.CharField(
        _("benefit"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("Code of what the customer gets for it, once. Empty: nothing but the promise."),
    )
    valid_from = models.DateTimeField(_("shown from"))

    class Meta:
        verbose_name = _("promise text")
        verbose_name_plural = _("promise texts")
        constraints = [
            models.UniqueConstraint(name="promise_version_unique", fields=["purpose", "language", "version"]),
            models.CheckConstraint(
                name="promise_says_something", condition=~Q(text="") & ~Q(version="") & ~Q(purpose="")
            ),
        ]

    def __str__(self):
        return f"{self.purpose} {self.version} ({self.language})"

    @property
    def digest(self) -> str:
        """SHA-256 of the text: what a page reports as shown, to prove that it showed this."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class BenefitGrant(models.Model):
    """What an account got for authorising, once. Derived from its consents; it ends with the withdrawal."""

    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="benefits"
    )
    promise = models.ForeignKey(PromiseText, verbose_name=_("promise"), on_delete=models.PROTECT)
    benefit = models.CharField(_("benefit"), max_length=64)
    granted_at = models.DateTimeField(_("granted at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("benefit granted")
        verbose_name_plural = _("benefits granted")
        constraints = [models.UniqueConstraint(name="benefit_once", fields=["account", "benefit"])]

    def __str__(self):
        return self.benefit
