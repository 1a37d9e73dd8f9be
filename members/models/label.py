from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


class DigestOf(Func):
    """Of a list of words: any number of them have a place in an index (migration 0009)."""

    function = "members_digest_of"
    output_field = models.UUIDField()


class LabelStatement(models.Model):
    """All labels that one source puts on an account, as of a time. A source's latest statement rules; an empty one takes
    its labels off. Append-only (migration 0008), so whatever order statements arrive in, the answer is the same.

    The source is the code of a channel (its own tags: ``youzan``), or ``tag:`` and the code of a tag whose values staff
    give by hand or from a file.
    """

    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="labels",
        db_index=False,
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=70)
    labels = ArrayField(models.CharField(max_length=100), verbose_name=_("labels"), default=list)
    stated_at = models.DateTimeField(_("stated at"))
    expires_at = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("Empty: until the next statement.")
    )
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("given by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", db_index=False,
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    record = models.UUIDField(
        _("record"), null=True, blank=True, help_text=_("Digest of the intake record that stated it.")
    )

    class Meta:
        verbose_name = _("labels")
        verbose_name_plural = _("labels")
        constraints = [
            models.UniqueConstraint(
                "account", "source", "stated_at", DigestOf("labels"), name="label_statement_unique"
            ),
            models.CheckConstraint(name="label_has_a_source", condition=~Q(source="")),
            models.CheckConstraint(
                name="label_expires_later", condition=Q(expires_at=None) | Q(expires_at__gt=F("stated_at"))
            ),
        ]
        indexes = [models.Index(name="label_of_source", fields=["source", "account"])]

    def __str__(self):
        return f"{self.source}: {', '.join(self.labels)}"
