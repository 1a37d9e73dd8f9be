from members.models.access import AccessRecord, ChannelKey, StaffScope
from members.models.account import Account
from members.models.book import Book
from members.models.channel import Channel
from members.models.consent import ClosedLink, Consent
from members.models.earning import EarningRule
from members.models.erasure import Erasure, ErasureSalt, RetentionRun, Tombstone
from members.models.event import Event, EventCursor
from members.models.lot import Lot, LotUse
from members.models.member import Member
from members.models.membership import Membership
from members.models.order import Order, OrderLine, OrderPayment
from members.models.organization import Organization
from members.models.posting import Entry, Posting
from members.models.profile import MemberFeatures, MemberProfile
from members.models.programme import Programme, Settlement, Tier
from members.models.promise import BenefitGrant, PromiseText
from members.models.returns import Return, ReturnLine
from members.models.review import Review
from members.models.wallet import Wallet

__all__ = [
    "AccessRecord",
    "Account",
    "BenefitGrant",
    "Book",
    "Channel",
    "ChannelKey",
    "ClosedLink",
    "Consent",
    "EarningRule",
    "Entry",
    "Erasure",
    "ErasureSalt",
    "Event",
    "EventCursor",
    "Lot",
    "LotUse",
    "Member",
    "MemberFeatures",
    "MemberProfile",
    "Membership",
    "Order",
    "OrderLine",
    "OrderPayment",
    "Organization",
    "Posting",
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
    "Wallet",
]
