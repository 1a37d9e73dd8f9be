from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class AudienceExport(models.Model):
    """That somebody took the addresses of an audience out of the house: who, when, what for, how many. Rows stay as they are
    (migration 0006)."""

    class Form(models.TextChoices):
        PLAIN = "plain", _("as they are")
        SHA256 = "sha256", _("SHA-256, telephone numbers with +")
        SHA256_DIGITS = "sha256_digits", _("SHA-256, telephone numbers in digits only")

    audience = models.ForeignKey(
        "tags.Audience", verbose_name=_("audience"), on_delete=models.PROTECT, related_name="+"
    )
    way = models.CharField(_("way of contact"), max_length=32)
    purpose = models.CharField(_("purpose"), max_length=32)
    form = models.CharField(_("addresses"), max_length=13, choices=Form)
    columns = ArrayField(
        models.CharField(max_length=32), verbose_name=_("further columns"), default=list, blank=True
    )
    reason = models.CharField(_("reason"), max_length=300)
    exported = models.PositiveIntegerField(_("members in the file"))
    left_out = models.JSONField(_("left out"), default=dict, help_text=_("Why → how many members."))
    digest = models.CharField(_("SHA-256 of the file"), max_length=64)
    by = staff.somebody(_("by"), required=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("export of an audience")
        verbose_name_plural = _("exports of audiences")
        constraints = [
            models.CheckConstraint(name="audience_export_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="audience_export_hashed_alone", condition=Q(form="plain") | Q(columns=[])
            ),
        ]

    def __str__(self):
        return f"{self.audience_id} {self.at:%Y-%m-%d %H:%M}"
