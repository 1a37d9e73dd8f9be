from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CampaignEntry(models.Model):
    """Somebody was in the audience of a running campaign from then till then; what entered him has a decision (ADR 126).

    It hangs on the member as a decision does: it is about whoever his minting account belongs to now. Rows of open
    entries are exactly those who were in the audience at the last look.
    """

    class Came(models.TextChoices):
        ENTERED = "entered", _("entered")
        THERE = "there", _("in the audience before the start")
        TOO_SOON = "too_soon", _("came back too soon to enter again")

    class Left(models.TextChoices):
        LEFT = "left", _("no longer meets the condition")
        MERGED = "merged", _("one with another entry of the same person")
        ERASED = "erased", _("erased")

    campaign = models.ForeignKey(
        "campaigns.Campaign", verbose_name=_("campaign"), on_delete=models.PROTECT, related_name="entries",
        db_index=False,
    )  # fmt: skip
    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    came = models.CharField(_("how he came"), max_length=8, choices=Came)
    entered_at = models.DateTimeField(_("came in"))
    left_at = models.DateTimeField(
        _("left"), null=True, blank=True, help_text=_("Empty: in the audience now.")
    )
    left_because = models.CharField(
        _("why he left"), max_length=6, choices=Left, blank=True, db_default="", default=""
    )
    decision = models.OneToOneField(
        "campaigns.Decision", verbose_name=_("decision"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="entry", db_constraint=False,
    )  # fmt: skip

    class Meta:
        verbose_name = _("entry into a campaign")
        verbose_name_plural = _("entries into campaigns")
        constraints = [
            models.UniqueConstraint(
                name="campaign_entry_open_once", fields=["member", "campaign"], condition=Q(left_at=None)
            ),
            models.CheckConstraint(
                name="campaign_entry_is_decided",
                condition=Q(came="entered", decision__isnull=False) | (~Q(came="entered") & Q(decision=None)),
            ),
            models.CheckConstraint(
                name="campaign_entry_left_with_a_reason",
                condition=Q(left_at=None, left_because="") | (Q(left_at__isnull=False) & ~Q(left_because="")),
            ),
            models.CheckConstraint(
                name="campaign_entry_left_after_it_came",
                condition=Q(left_at=None) | Q(left_at__gte=models.F("entered_at")),
            ),
        ]
        indexes = [
            models.Index(name="campaign_entry_of_member", fields=["member", "campaign"]),
            models.Index(name="campaign_entry_of_campaign", fields=["campaign", "left_at"]),
        ]

    def __str__(self):
        return f"{self.member_id}: {self.came}"
