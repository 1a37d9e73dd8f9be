from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Trial(models.Model):
    """A draft of other rules: what they would make of everybody is computed before they are put in force.

    ``kinds`` and ``channels`` hold the fields that change, by code: {"phone": {"max_accounts": 6}},
    {"app": {"named": false}}; the two ``former`` hold the values that they had when the trial was put in force.
    The published trials are the history of the rules.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        WAITING = "waiting", _("waiting for a worker")
        COMPUTING = "computing", _("computing")
        COMPUTED = "computed", _("computed")
        PUBLISHED = "published", _("in force")
        TAKEN_BACK = "taken_back", _("taken back")
        FAILED = "failed", _("failed")

    name = models.CharField(_("name"), max_length=200)
    reason = models.TextField(_("why"), blank=True, default="")
    kinds = models.JSONField(_("changed kinds"), default=dict, blank=True)
    channels = models.JSONField(_("changed channels"), default=dict, blank=True)
    shared = models.ManyToManyField(
        "identity.Identifier", verbose_name=_("identifiers made shared"), blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    progress = models.CharField(_("progress"), max_length=200, blank=True, default="")
    outcome = models.JSONField(_("outcome"), default=dict, blank=True)
    former = models.JSONField(_("kinds before"), default=dict, blank=True)
    former_channels = models.JSONField(_("channels before"), default=dict, blank=True)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    computed_at = models.DateTimeField(_("computed"), null=True, blank=True)
    published_at = models.DateTimeField(_("put in force"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("put in force by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("taken back by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip

    class Meta:
        verbose_name = _("trial of rules")
        verbose_name_plural = _("trials of rules")
        permissions = [("publish_trial", _("Can put other rules of OneID in force and take them back"))]
        constraints = [
            models.CheckConstraint(
                name="trial_in_force_has_a_time",
                condition=Q(state__in=["published", "taken_back"], published_at__isnull=False)
                | (~Q(state__in=["published", "taken_back"]) & Q(published_at=None)),
            ),
            models.CheckConstraint(
                name="trial_taken_back_has_a_time",
                condition=Q(state="taken_back", taken_back_at__isnull=False)
                | (~Q(state="taken_back") & Q(taken_back_at=None)),
            ),
        ]

    def __str__(self):
        return self.name
