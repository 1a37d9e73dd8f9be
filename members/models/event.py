from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CurrentTransaction(models.Func):
    """The id of the writing transaction, as a number that grows for ever."""

    template = "(pg_current_xact_id()::text::bigint)"
    arity = 0
    output_field = models.BigIntegerField()


# The snapshot's xmin, without the transactions of other databases: a server counts them all in one row.
SETTLED = """(
    SELECT least(min(running::text::bigint), pg_current_xact_id_if_assigned()::text::bigint,
                 pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    FROM pg_snapshot_xip(pg_current_snapshot()) AS running
    WHERE NOT EXISTS (
        SELECT FROM pg_stat_activity WHERE backend_xid = running::xid AND datname <> current_database()
    )
)"""


class SettledBefore(models.Func):
    """Every transaction below this id has ended: what it wrote is visible or never will be."""

    template = SETTLED
    arity = 0
    output_field = models.BigIntegerField()


class EventQuerySet(models.QuerySet):
    def waiting(self):
        """Events that name an account which has not been seen yet."""
        return self.filter(account=None).exclude(account_key="")

    def after(self, cursor: "EventCursor"):
        """Settled events behind the cursor in (tx, id) order; rows of open transactions come later, none is lost."""
        behind = Q(tx=cursor.tx, id__gt=cursor.event_id) | Q(tx__gt=cursor.tx)
        return self.filter(behind, tx__gte=cursor.tx, tx__lt=SettledBefore()).order_by("tx", "id")


class Event(models.Model):
    """Something that happened, by the channel's clock and by ours. Append-only (migration 0002).

    Channels, organizations and accounts are never deleted (migration 0002), so the log checks no reference to them.
    """

    tx = models.BigIntegerField(_("transaction"), db_default=CurrentTransaction(), editable=False)
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="events", db_index=False, db_constraint=False,
    )  # fmt: skip
    account_key = models.TextField(_("account named by the channel"), blank=True, db_default="", default="")
    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
    )
    organization = models.ForeignKey(
        "members.Organization",
        verbose_name=_("organization"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
    )
    name = models.CharField(_("event"), max_length=64)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    touchpoint = models.CharField(_("touchpoint"), max_length=100, blank=True, db_default="", default="")
    properties = models.JSONField(
        _("properties"), default=dict, db_default=models.Value({}, models.JSONField())
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(name="event_log", fields=["tx", "id"]),
            models.Index(name="event_of_account", fields=["account", "occurred_at"]),
            models.Index(name="event_by_name", fields=["name", "occurred_at"]),
            models.Index(KT("properties__serial"), name="event_bound", condition=Q(name="bind_device")),
            models.Index(
                name="event_waiting",
                fields=["channel", "account_key"],
                condition=Q(account=None) & ~Q(account_key=""),
            ),
        ]

    def __str__(self):
        return self.name


class EventCursor(models.Model):
    """How far one reader has read the event log."""

    reader = models.CharField(_("reader"), max_length=64, primary_key=True)
    tx = models.BigIntegerField(_("transaction"), default=0)
    event_id = models.BigIntegerField(_("event"), default=0)
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("event reader")
        verbose_name_plural = _("event readers")

    def __str__(self):
        return self.reader
