"""The records behind a member's fact tags, on his page."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Account, Member
from members.queries import scopes
from reports.queries import evidence
from tags.models import Tag


def _evidence(member: Member, request: HttpRequest) -> dict | None:
    """Only what accounts said that the reader knows, of tags of his branch."""
    tags = scopes.around_organization(Tag.objects.live(), reach=reach(request))
    found = evidence.of(member=member, as_of=timezone.now(), tags=tags)
    named = Account.objects.filter(pk__in={each.account for each in found})
    known = set(scopes.of_account(named, reach=reach(request), field="pk").values_list("pk", flat=True))
    rows = [each for each in found if each.account in known]
    return {"rows": rows} if rows else None


register(
    Panel(
        _("What fact tags stand on"), "reports/panels/evidence.html", _evidence, position=40, tab="identity"
    )
)
