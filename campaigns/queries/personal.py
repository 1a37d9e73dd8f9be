"""What campaigns decided about one person, sent him and gave him, and what tills sold him."""

from campaigns.models import (
    CartRun,
    Coupon,
    Decision,
    OfferUse,
    OutboxMessage,
    Reward,
    SpendAllowance,
    TillOrder,
    TillReturn,
    TillReturnLine,
    ToldCoupon,
    ToldReturn,
    UndoneLine,
    UploadedItem,
)
from members.models import oneid
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
        "carts": rows(CartRun.objects.filter(account__in=person.accounts), "watch__name"),
        **_bought(person),
    }


def _bought(person: Person) -> Sections:
    sales = TillOrder.objects.filter(account__in=person.accounts)
    named = "|".join(oneid.written(each) for each in person.oneids)
    uploaded = UploadedItem.objects.filter(body__iregex=named)
    return {
        "sales at tills": rows(sales, "store__name"),
        "returns at tills": rows(TillReturn.objects.filter(sale__in=sales)),
        "returned lines": rows(TillReturnLine.objects.filter(sale__in=sales)),
        "returns told of": rows(ToldReturn.objects.filter(sale__in=sales)),
        "lines undone": rows(UndoneLine.objects.filter(sale__in=sales)),
        "offers used": rows(OfferUse.objects.filter(sale__in=sales)),
        "rewards": rows(Reward.objects.filter(sale__in=sales)),
        "allowances": rows(SpendAllowance.objects.filter(account__in=person.accounts), "store__name"),
        "told by tills and not taken in": rows(uploaded),
    }


def _told(person: Person) -> list[dict]:
    """Without whose a coupon was before: that is somebody else."""
    told = rows(ToldCoupon.objects.filter(account__in=person.accounts))
    return [{name: value for name, value in row.items() if name != "before"} for row in told]
