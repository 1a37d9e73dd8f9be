"""The tags of a member, and since when."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member
from members.queries import scopes
from tags.models import MemberTags, Tag, TagValue
from tags.queries import histories, reasons, worth


def _tags(member: Member, request) -> dict:
    held = MemberTags.objects.filter(member=member).first()
    mine = scopes.around_organization(Tag.objects.live(), reach=reach(request))
    values = TagValue.objects.filter(pk__in=held.values if held else [], tag__in=mine).select_related(
        "tag__organization"
    )
    since = histories.since(member=member.pk)
    shown = list(values.order_by("tag__name", "position"))
    because = reasons.of(member=member, values=shown, as_of=timezone.now())
    rows = [{"value": each, "since": since.get(each.pk), "because": because.get(each.pk)} for each in shown]
    return {"rows": rows, "computed_at": held and held.computed_at}


register(Panel(_("Tags"), "tags/panels/tags.html", _tags, place="side", position=25))


def _worth(member: Member, request) -> dict | None:
    mine = scopes.around_organization(Tag.objects.live(), reach=reach(request))
    found = worth.of(member=member, tags=mine.order_by("name"))
    return found and {"worth": found}


register(Panel(_("Real value"), "tags/panels/worth.html", _worth, position=60, tab="value"))
