"""What campaigns decided about one person, and sent him."""

from campaigns.models import Decision, OutboxMessage
from members.privacy.person import Person
from members.privacy.rooms import Sections
from members.queries.personal import rows


def sections(person: Person) -> Sections:
    decided = Decision.objects.filter(member__in=person.members)
    return {
        "decisions": rows(decided, "campaign__name", "campaign__touchpoint"),
        "messages": rows(OutboxMessage.objects.filter(decision__in=decided)),
    }
