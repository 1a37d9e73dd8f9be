"""The tags of a member, and since when."""

from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member
from members.queries import scopes
from tags.models import MemberTags, Tag, TagValue
from tags.queries import histories, worth


def _tags(member: Member, request) -> dict:
    held = MemberTags.objects.filter(member=member).first()
    mine = scopes.around_organization(Tag.objects.live(), reach=reach(request))
    values = TagValue.objects.filter(pk__in=held.values if held else [], tag__in=mine).select_related("tag")
    since = histories.since(member=member.pk)
    rows = [
        {"value": value, "since": since.get(value.pk)} for value in values.order_by("tag__name", "position")
    ]
    return {"rows": rows, "computed_at": held and held.computed_at}


register(Panel(_("Tags"), "tags/panels/tags.html", _tags, place="side", position=25))


def _worth(member: Member, request) -> dict | None:
    mine = scopes.around_organization(Tag.objects.live(), reach=reach(request))
    found = worth.of(member=member, tags=mine.order_by("name"))
    return found and {"worth": found}


register(Panel(_("Real value"), "tags/panels/worth.html", _worth, position=60, tab="value"))
