from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class Hold(models.Model):
    """Value of one or several books that a till reserved under one ``key``, until it commits, cancels, or time is up.
    ``account`` is whose sale it is; a guest's reserves nothing but what the house gives to it (pots).

    Its postings have taken the value from the lots already. ``until`` is final: after it nothing is committed.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        COMMITTED = "committed", _("committed")
        CANCELLED = "cancelled", _("cancelled")
        LAPSED = "lapsed", _("lapsed")

    key = models.TextField(_("key"))
    content = models.UUIDField(_("digest of what was asked"), editable=False)
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="holds", db_constraint=False,
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("place"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    until = models.DateTimeField(_("until"))
    made_at = models.DateTimeField(_("made at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    by = staff.somebody(_("by"), db_index=False)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(name="hold_once", fields=["key"]),
            models.CheckConstraint(name="hold_key_given", condition=~Q(key="")),
            models.CheckConstraint(name="hold_lasts", condition=Q(until__gt=F("made_at"))),
            models.CheckConstraint(
                name="hold_ended_or_open",
                condition=Q(state="open", ended_at=None)
                | Q(state__in=["committed", "cancelled", "lapsed"], ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="hold_open", fields=["until"], condition=Q(state="open"))]

    def __str__(self):
        return self.key
