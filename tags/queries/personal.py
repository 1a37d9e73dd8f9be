"""What tags say of one person."""

from members.privacy.person import Person
from members.privacy.rooms import Sections
from members.queries.personal import rows
from tags.models import AudienceMember, MemberTags, TagChange, TagValue


def sections(person: Person) -> Sections:
    held = MemberTags.objects.filter(member__in=person.members)
    values = {value for row in held for value in row.values}
    return {
        "tags": rows(TagValue.objects.filter(pk__in=values), "tag__code", "tag__name"),
        "changes of tags": rows(TagChange.objects.filter(member__in=person.members), "gained", "lost", "at"),
        "audiences": rows(AudienceMember.objects.filter(member__in=person.members), "audience__name"),
    }  # fmt: skip
