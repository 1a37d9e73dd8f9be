from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TillOperation(models.Model):
    """What a till asked for under a key of its own, and what it was answered: written in the transaction that did it.

    ``answer`` is the JSON as it was sent. What was refused is not kept: nothing happened. It stays as it is until it is
    forgotten after 400 days (migration 0004); only an erasure takes a name out of it. ``node``: the path of the organization
    of the API key that asked; ``number``: of the sale, "" if it was about none.
    """

    caller = models.CharField(_("channel"), max_length=64)
    node = models.CharField(_("path of the key's organization"), max_length=200)
    number = models.CharField(_("number of the sale"), max_length=100, blank=True, default="", db_default="")
    key = models.CharField(_("key"), max_length=100)
    verb = models.CharField(_("verb"), max_length=20)
    digest = models.UUIDField(_("digest of what was asked"))
    status = models.PositiveSmallIntegerField(_("status"))
    answer = models.TextField(_("answer"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("operation of a till")
        verbose_name_plural = _("operations of tills")
        constraints = [
            models.UniqueConstraint(name="till_operation_once", fields=["caller", "key"]),
            models.CheckConstraint(
                name="till_operation_done",
                condition=Q(status__gte=200, status__lt=300) & ~Q(key="") & ~Q(node=""),
            ),
        ]
        indexes = [
            models.Index(name="till_operation_at", fields=["at"]),
            models.Index(name="till_operation_basket", fields=["number"], condition=Q(verb="put")),
        ]

    def __str__(self):
        return self.key
