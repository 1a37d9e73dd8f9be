from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey


class StaffScope(models.Model):
    """The organization node that a member of staff works at. Without one, staff see no member."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="scope",
    )
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = _("staff scope")
        verbose_name_plural = _("staff scopes")

    def __str__(self):
        return f"{self.user_id} @ {self.organization_id}"


class ChannelKey(AbstractAPIKey):
    """An API key of one channel: what it may do, and for which organization node."""

    class Scope(models.TextChoices):
        QUERY = "query", _("query one member")
        BROWSE = "browse", _("browse lists, masked")
        EDIT = "edit", _("edit named fields")
        INGEST = "ingest", _("send records")
        VALUE = "value", _("earn and spend value, use rights")
        DEFINE = "define", _("draft tags")

    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.CASCADE, related_name="keys"
    )
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )
    scopes = ArrayField(models.CharField(max_length=8, choices=Scope), verbose_name=_("scopes"))

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(
                name="channel_key_scopes_known",
                condition=Q(scopes__contained_by=["query", "browse", "edit", "ingest", "value", "define"])
                & Q(scopes__len__gt=0),
            ),
        ]


class AccessRecord(models.Model):
    """Who looked at what personal data, or changed what, and why. Append-only (migration 0002)."""

    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("staff"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    key = models.ForeignKey(
        ChannelKey, verbose_name=_("API key"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(_("action"), max_length=32)
    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    field = models.CharField(_("field"), max_length=64, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        indexes = [models.Index(name="access_of_member", fields=["member", "at"])]
        constraints = [
            models.CheckConstraint(
                name="unmasking_has_a_reason",
                condition=~Q(action="unmask") | (~Q(reason="") & Q(member__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.action} {self.field}"
