from members.models.access import AccessRecord, ChannelKey, StaffScope
from members.models.account import Account
from members.models.adjustment import Adjustment
from members.models.book import Book
from members.models.card import GiftCard, Purse
from members.models.channel import Channel
from members.models.consent import ClosedLink, Consent
from members.models.conversion import Conversion
from members.models.earning import EarningBasis, EarningRule
from members.models.erasure import Erasure, ErasureSalt, RetentionRun, Tombstone
from members.models.event import Event, EventCursor
from members.models.goods import Appliance, GoodsSet
from members.models.hold import Hold
from members.models.label import LabelStatement
from members.models.lot import Lot, LotUse
from members.models.member import Member
from members.models.membership import Membership
from members.models.opening import OpeningRule
from members.models.order import Order, OrderLine, OrderPayment
from members.models.organization import Organization
from members.models.plan import Plan, SpendRule, TierRule
from members.models.posting import Entry, Posting
from members.models.profile import MemberFeatures, MemberProfile
from members.models.programme import Programme, Settlement, Tier
from members.models.promise import BenefitGrant, PromiseText
from members.models.returns import Return, ReturnLine
from members.models.review import Review
from members.models.right import Right, RightCode, RightGrant, RightRule, RightUse
from members.models.ticket import Ticket
from members.models.tier_grant import TierGrant
from members.models.wallet import Wallet

__all__ = [
    "AccessRecord",
    "Account",
    "Adjustment",
    "Appliance",
    "BenefitGrant",
    "Book",
    "Channel",
    "ChannelKey",
    "ClosedLink",
    "Consent",
    "Conversion",
    "EarningBasis",
    "EarningRule",
    "Entry",
    "Erasure",
    "ErasureSalt",
    "Event",
    "EventCursor",
    "GiftCard",
    "GoodsSet",
    "Hold",
    "LabelStatement",
    "Lot",
    "LotUse",
    "Member",
    "MemberFeatures",
    "MemberProfile",
    "Membership",
    "OpeningRule",
    "Order",
    "OrderLine",
    "OrderPayment",
    "Organization",
    "Plan",
    "Posting",
    "Programme",
    "PromiseText",
    "Purse",
    "RetentionRun",
    "Return",
    "ReturnLine",
    "Review",
    "Right",
    "RightCode",
    "RightGrant",
    "RightRule",
    "RightUse",
    "Settlement",
    "SpendRule",
    "StaffScope",
    "Ticket",
    "Tier",
    "TierGrant",
    "TierRule",
    "Tombstone",
    "Wallet",
]
