"""What campaigns decided about one person, sent him and gave him."""

from campaigns.models import Coupon, Decision, OutboxMessage, ToldCoupon
from members.privacy.person import Person
from members.privacy.rooms import Sections
from members.queries.personal import rows


def sections(person: Person) -> Sections:
    decided = Decision.objects.filter(member__in=person.members)
    return {
        "decisions": rows(decided, "campaign__name", "campaign__touchpoint"),
        "coupons": rows(Coupon.objects.filter(account__in=person.accounts), "template__code", words="reason"),
        "coupons told by channels": _told(person),
        "messages": rows(OutboxMessage.objects.filter(decision__in=decided)),
    }


def _told(person: Person) -> list[dict]:
    """Without whose a coupon was before: that is somebody else."""
    told = rows(ToldCoupon.objects.filter(account__in=person.accounts))
    return [{name: value for name, value in row.items() if name != "before"} for row in told]
