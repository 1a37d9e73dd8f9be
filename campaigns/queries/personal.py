"""What campaigns decided about one person, sent him and gave him."""

from campaigns.models import Coupon, Decision, OutboxMessage
from members.privacy.person import Person
from members.privacy.rooms import Sections
from members.queries.personal import rows


def sections(person: Person) -> Sections:
    decided = Decision.objects.filter(member__in=person.members)
    return {
        "decisions": rows(decided, "campaign__name", "campaign__touchpoint"),
        "coupons": rows(Coupon.objects.filter(account__in=person.accounts), "template__code", words="reason"),
        "messages": rows(OutboxMessage.objects.filter(decision__in=decided)),
    }
