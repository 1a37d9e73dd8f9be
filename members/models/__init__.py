from members.models.access import AccessRecord, ChannelKey, StaffScope
from members.models.account import Account
from members.models.channel import Channel
from members.models.consent import ClosedLink, Consent
from members.models.erasure import Erasure, ErasureSalt, RetentionRun, Tombstone
from members.models.event import Event, EventCursor
from members.models.member import Member
from members.models.membership import Membership
from members.models.order import Order, OrderLine, OrderPayment
from members.models.organization import Organization
from members.models.profile import MemberFeatures, MemberProfile
from members.models.programme import Programme, Settlement, Tier
from members.models.promise import BenefitGrant, PromiseText
from members.models.returns import Return, ReturnLine
from members.models.review import Review

__all__ = [
    "AccessRecord",
    "Account",
    "BenefitGrant",
    "Channel",
    "ChannelKey",
    "ClosedLink",
    "Consent",
    "Erasure",
    "ErasureSalt",
    "Event",
    "EventCursor",
    "Member",
    "MemberFeatures",
    "MemberProfile",
    "Membership",
    "Order",
    "OrderLine",
    "OrderPayment",
    "Organization",
    "Programme",
    "PromiseText",
    "RetentionRun",
    "Return",
    "ReturnLine",
    "Review",
    "Settlement",
    "StaffScope",
    "Tier",
    "Tombstone",
]
