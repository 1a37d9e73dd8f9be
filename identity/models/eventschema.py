from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class EventSchema(models.Model):
    """An event that channels may send: its name, what it means, and what it carries.

    ``properties`` maps a property to ``{"type": …, "required": …, "personal": …}`` (``identity.events.wording``).
    Seeded from ``identity.events.catalogue``; never deleted, because events of that name are kept.
    """

    class Stage(models.TextChoices):
        REACH = "reach", _("is reached")
        BROWSE = "browse", _("looks around")
        JOIN = "join", _("joins")
        CHOOSE = "choose", _("chooses")
        BUY = "buy", _("buys")
        AFTER = "after", _("after the sale")
        ADVOCATE = "advocate", _("recommends")
        LEAVE = "leave", _("leaves")

    name = models.CharField(
        _("event"), max_length=64, primary_key=True, help_text=_("As channels send it, such as add_to_cart.")
    )
    title = models.CharField(_("title"), max_length=100)
    title_zh = models.CharField(_("title in Chinese"), max_length=100, blank=True, default="")
    stage = models.CharField(_("stage of the journey"), max_length=8, choices=Stage)
    properties = models.JSONField(_("properties"), default=dict, blank=True)
    first_party = models.BooleanField(
        _("on own ends"), default=True, help_text=_("Our own site, mall, App or mini-program sends it.")
    )
    core = models.BooleanField(
        _("key event"),
        default=False,
        help_text=_("The coverage page says which own channel does not send it."),
    )
    ends = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("expected from"),
        default=list,
        blank=True,
        help_text=_("Kinds of own channels; none: all of them."),
    )
    active = models.BooleanField(
        _("in use"), default=True, help_text=_("Off: kept aside like an unknown event.")
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    changed_at = models.DateTimeField(_("changed"), editable=False)

    class Meta:
        verbose_name = _("event definition")
        verbose_name_plural = _("event definitions")
        constraints = [
            models.CheckConstraint(name="event_schema_named", condition=~Q(name="") & ~Q(title="")),
            models.CheckConstraint(name="event_schema_version_counts", condition=Q(version__gte=1)),
        ]

    STATED = ("title", "title_zh", "stage", "properties", "first_party", "core", "ends", "active")

    def __str__(self):
        return f"{self.title} {self.title_zh}".strip()

    def definition(self) -> dict:
        """What a version keeps of it."""
        return {field: getattr(self, field) for field in self.STATED}


class EventSchemaVersion(models.Model):
    """What a definition said, from when on, and who said so. Written with each change."""

    schema = models.ForeignKey(
        EventSchema, verbose_name=_("event definition"), on_delete=models.PROTECT, related_name="versions"
    )
    version = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    changed_at = models.DateTimeField(_("changed"))
    changed_by = staff.somebody(_("changed by"))

    class Meta:
        verbose_name = _("version of an event definition")
        verbose_name_plural = _("versions of event definitions")
        constraints = [
            models.UniqueConstraint(name="event_schema_version_once", fields=["schema", "version"]),
        ]

    def __str__(self):
        return f"{self.schema_id} {self.version}"
