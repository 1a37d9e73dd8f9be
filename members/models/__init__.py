from members.models.access import AccessRecord, ChannelKey, StaffScope
from members.models.account import Account
from members.models.channel import Channel
from members.models.consent import Consent
from members.models.event import Event, EventCursor
from members.models.member import Member
from members.models.membership import Membership
from members.models.order import Order, OrderLine, OrderPayment
from members.models.organization import Organization
from members.models.profile import MemberFeatures, MemberProfile
from members.models.programme import Programme, Settlement, Tier
from members.models.returns import Return, ReturnLine
from members.models.review import Review

__all__ = [
    "AccessRecord",
    "Account",
    "Channel",
    "ChannelKey",
    "Consent",
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
    "Return",
    "ReturnLine",
    "Review",
    "Settlement",
    "StaffScope",
    "Tier",
]
