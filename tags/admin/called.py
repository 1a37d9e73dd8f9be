"""What channels and staff call a member, on his page."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Channel, LabelStatement, Member
from members.queries import labels, scopes
from tags.actions.giving import OF_TAG
from tags.admin.giving import GIVE
from tags.models import Tag


@dataclass(frozen=True)
class Row:
    title: str
    words: list[str]
    by_hand: bool
    stated_at: dt.datetime
    expires_at: dt.datetime | None
    by: str
    reason: str


def _called(member: Member, request) -> dict | None:
    """Of the accounts that the reader knows; tags of his branch in their own words."""
    mine = reach(request)
    found = labels.current(member=member, as_of=timezone.now())
    known = scopes.of_account(LabelStatement.objects.filter(pk__in=[each.pk for each in found]), reach=mine)
    seen = set(known.values_list("pk", flat=True))
    names = _names(found, mine)
    rows = [_row(each, *names[each.source]) for each in found if each.pk in seen and each.source in names]
    may_give = request.user.has_perm(GIVE)
    if not rows and not may_give:
        return None
    return {"rows": rows, "may_give": may_give, "by_hand": any(row.by_hand for row in rows)}


def _names(found, mine) -> dict[str, tuple[str, dict[str, str]]]:
    """Source → (its title, the words for its labels)."""
    sources = {each.source for each in found}
    codes = {source.removeprefix(OF_TAG) for source in sources if source.startswith(OF_TAG)}
    tags = scopes.around_organization(Tag.objects.filter(code__in=codes), reach=mine).prefetch_related(
        "values"
    )
    channels = Channel.objects.filter(code__in=sources).values_list("code", "name")
    own = {
        f"{OF_TAG}{tag.code}": (tag.name, {each.code: each.name for each in tag.values.all()}) for tag in tags
    }
    return {code: (name, {}) for code, name in channels} | own


def _row(said: LabelStatement, title: str, words: dict[str, str]) -> Row:
    return Row(
        title=title,
        words=[words.get(label, label) for label in said.labels],
        by_hand=said.source.startswith(OF_TAG),
        stated_at=said.stated_at,
        expires_at=said.expires_at,
        by=said.stated_by.get_username() if said.stated_by else "",
        reason=said.reason,
    )


register(
    Panel(_("Called by channels and staff"), "tags/panels/called.html", _called, place="side", position=26)
)
