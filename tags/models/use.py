from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Use(models.Model):
    """Something uses a tag or an audience: its lineage. Written by whoever saves what uses it (``tags.actions.uses``).

    The row holds the tag and the audience fast: while it is there, neither can be deleted. A use that ended stays
    for the history, and lets go of neither.
    """

    class By(models.TextChoices):
        TAG = "tag", _("tag")
        AUDIENCE = "audience", _("audience")
        ACTIVITY = "activity", _("activity")
        CAMPAIGN = "campaign", _("campaign")
        JOURNEY = "journey", _("journey")
        REPORT = "report", _("report")

    tag = models.ForeignKey(
        "tags.Tag", verbose_name=_("tag"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="uses",
    )  # fmt: skip
    audience = models.ForeignKey(
        "tags.Audience", verbose_name=_("audience"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="uses",
    )  # fmt: skip
    by = models.CharField(_("used by"), max_length=8, choices=By)
    key = models.CharField(_("which"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", help_text=_("Whose it is. Only who sees it may read its name."),
    )  # fmt: skip
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty: in use now."))

    class Meta:
        verbose_name = _("use")
        verbose_name_plural = _("uses")
        constraints = [
            models.CheckConstraint(
                name="use_of_one_thing",
                condition=Q(tag=None, audience__isnull=False) | Q(tag__isnull=False, audience=None),
            ),
            models.CheckConstraint(
                name="use_ends_after_it_began",
                condition=Q(until=None) | Q(until__gte=models.F("since")),
            ),
            models.UniqueConstraint(
                name="use_of_tag_once", fields=["tag", "by", "key"],
                condition=Q(until=None, tag__isnull=False),
            ),
            models.UniqueConstraint(
                name="use_of_audience_once", fields=["audience", "by", "key"],
                condition=Q(until=None, audience__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [models.Index(name="use_by", fields=["by", "key"])]

    def __str__(self):
        return self.name
