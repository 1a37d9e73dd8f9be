from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class Ticket(models.Model):
    """An installation, repair or care that a customer asked for. ``organization`` serves it, which need not be who sold
    the goods nor know the customer otherwise. Each step is an event of the account.
    """

    class Kind(models.TextChoices):
        INSTALLATION = "installation", _("installation")
        REPAIR = "repair", _("repair")
        CARE = "care", _("care")

    class State(models.TextChoices):
        FILED = "filed", _("filed")
        DISPATCHED = "dispatched", _("dispatched")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    external_id = models.TextField(_("ticket number"))
    content = models.UUIDField(_("digest of what was asked"), editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="tickets",
        db_constraint=False,
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("served by"), on_delete=models.PROTECT, related_name="tickets"
    )
    serial = models.CharField(_("serial number"), max_length=100, blank=True, default="", db_default="")
    text = models.TextField(_("what is wanted"), blank=True, default="", db_default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.FILED)
    filed_at = models.DateTimeField(_("filed"))
    dispatched_at = models.DateTimeField(_("dispatched"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    by = staff.somebody(_("by"), db_index=False)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(name="ticket_unique_in_channel", fields=["channel", "external_id"]),
            models.CheckConstraint(name="ticket_number_given", condition=~Q(external_id="")),
            models.CheckConstraint(
                name="ticket_kind_known", condition=Q(kind__in=["installation", "repair", "care"])
            ),
            models.CheckConstraint(
                name="ticket_closed_or_open",
                condition=Q(state__in=["filed", "dispatched"], closed_at=None)
                | Q(state__in=["done", "cancelled"], closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ticket_rated_when_done",
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5, state="done"),
            ),
        ]
        indexes = [
            models.Index(name="ticket_of_serial", fields=["serial"], condition=~Q(serial="")),
        ]

    def __str__(self):
        return self.external_id
