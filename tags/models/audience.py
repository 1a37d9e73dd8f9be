from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.Model):
    """A saved selection of members: dynamic (evaluated at each use) or frozen (the members of one moment)."""

    name = models.CharField(_("name"), max_length=100)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )
    condition = models.JSONField(_("condition"))
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True, help_text=_("Empty: dynamic."))
    count = models.PositiveIntegerField(_("members"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("audience")
        permissions = [("export_audience", _("Can export the members of an audience"))]
        verbose_name_plural = _("audiences")
        constraints = [models.UniqueConstraint(name="audience_name_unique", fields=["organization", "name"])]

    def __str__(self):
        return self.name


class AudienceMember(models.Model):
    """A member of a frozen audience."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey("members.Member", on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("audience member")
        verbose_name_plural = _("audience members")
        constraints = [models.UniqueConstraint(name="audience_member_unique", fields=["audience", "member"])]

    def __str__(self):
        return str(self.member_id)


class AudienceSize(models.Model):
    """How large an audience was at a time, and how many of it each way of contact could reach with consent."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="sizes")
    at = models.DateTimeField(_("time"))
    count = models.PositiveIntegerField(_("members"))
    reach = models.JSONField(_("reach"), default=dict, help_text=_("Way of contact → members."))

    class Meta:
        verbose_name = _("size of an audience")
        verbose_name_plural = _("sizes of audiences")
        constraints = [models.UniqueConstraint(name="audience_size_unique", fields=["audience", "at"])]

    def __str__(self):
        return f"{self.at:%Y-%m-%d}: {self.count}"
