"""What tags forget of an erased person: all that was concluded about him."""

from members.privacy.rooms import Work
from tags.models import AudienceMember, MemberTags, TagChange


def erase(work: Work) -> dict[str, int]:
    return {
        name: model.objects.filter(member__in=work.person.members).delete()[0]
        for name, model in (
            ("tags", MemberTags),
            ("changes of tags", TagChange),
            ("audiences", AudienceMember),
        )
    }
