from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import oneid


class MemberQuerySet(models.QuerySet):
    def active(self):
        return self.filter(retired_at=None)

    def known_at(self, *, node):
        """Members with an account that is known somewhere in the organization ``node`` or below it."""
        from members.models.membership import Membership

        here = Membership.objects.filter(
            organization__path__startswith=node.path, account__member=models.OuterRef("pk")
        )
        return self.filter(models.Exists(here))


class Member(models.Model):
    """A real person: the OneID. Everything said about a member is derived from accounts.

    Each account mints one member at its first intake. The members of a block's other accounts are retired
    and redirect to the member that the minting account belongs to now.
    """

    oneid = models.CharField(_("OneID"), max_length=oneid.LENGTH, default=oneid.mint, editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        permissions = [
            ("view_personal_data", _("Can be shown personal data, with a reason")),
            ("view_reports", _("Can view reports")),
        ]
        # Not unique=True, which adds a second index for LIKE.
        constraints = [models.UniqueConstraint(name="member_oneid_unique", fields=["oneid"])]
        indexes = [models.Index(name="member_active", fields=["id"], condition=Q(retired_at=None))]

    def __str__(self):
        return self.oneid
