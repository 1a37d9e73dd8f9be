from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from members.privacy.traits import TRAITS


class Without(models.Func):
    """A JSON object without the keys of an array."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = models.JSONField()


class AccountQuerySet(models.QuerySet):
    def active(self):
        """Child IDs that have not been revoked."""
        return self.filter(revoked_at=None)


class Told(models.Manager):
    """Accounts of which some record tells. One whose records were all withdrawn is kept and counts nowhere."""

    def get_queryset(self):
        return super().get_queryset().filter(emptied_at=None)


class Account(models.Model):
    """One customer as one channel knows them: the child ID on which all facts hang.

    ``traits`` maps a trait to its latest statement: ``{"name": {"value": "…", "at": "2026-01-02T03:04:05+00:00"}}``.
    A revoked account stays with its facts, and stands aside: it links nobody and cannot be reached.
    """

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    external_id = models.TextField(_("account at the channel"))
    is_contact = models.BooleanField(
        _("contact account"), default=False, help_text=_("The channel gave no id of its own, only a contact.")
    )
    organization = models.ForeignKey(
        "members.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="accounts",
    )
    minted = models.OneToOneField(
        "members.Member",
        verbose_name=_("minted OneID"),
        on_delete=models.PROTECT,
        related_name="minting_account",
    )
    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="accounts"
    )
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    traits = models.JSONField(_("traits"), default=dict, db_default=models.Value({}, models.JSONField()))
    emptied_at = models.DateTimeField(
        _("emptied"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when no record tells of it; it comes back with its OneID when one does again."),
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("revoked by"), null=True, blank=True, editable=False,
        on_delete=models.PROTECT, related_name="+", db_index=False,
    )  # fmt: skip
    revoke_reason = models.CharField(
        _("reason"), max_length=300, blank=True, editable=False, db_default="", default=""
    )

    everything = models.Manager()
    objects = Told.from_queryset(AccountQuerySet)()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        default_manager_name = "objects"
        permissions = [("revoke_account", _("Can revoke and restore child IDs, with a reason"))]
        constraints = [
            models.UniqueConstraint(name="account_unique_in_channel", fields=["channel", "external_id"]),
            models.CheckConstraint(name="account_external_id_given", condition=~Q(external_id="")),
            models.CheckConstraint(
                name="account_seen_in_order", condition=Q(first_seen_at__lte=models.F("last_seen_at"))
            ),
            models.CheckConstraint(
                name="account_emptied_says_nothing", condition=Q(emptied_at=None) | Q(traits={})
            ),
            models.CheckConstraint(
                name="account_traits_have_a_purpose",
                condition=Exact(
                    Without(F("traits"), Value(sorted(TRAITS), ArrayField(models.TextField()))),
                    Value({}, models.JSONField()),
                ),
            ),
            models.CheckConstraint(
                name="account_revoked_with_a_reason",
                condition=Q(revoked_at=None, revoked_by=None, revoke_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
            ),
        ]
        indexes = [models.Index(name="account_emptied", fields=["id"], condition=~Q(emptied_at=None))]

    def __str__(self):
        return f"{self.channel_id}/{self.pk}"
