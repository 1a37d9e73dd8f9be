from campaigns.models.activity import Activity, ActivityOffer, ActivityVersion, RuleRevision
from campaigns.models.budget import Budget, BudgetDraw, BudgetMove, BudgetShare
from campaigns.models.bundle import SpendAllowance, TillBundle
from campaigns.models.campaign import Campaign
from campaigns.models.cart import CartRun, CartWatch
from campaigns.models.coupon import Coupon, CouponBatch
from campaigns.models.coupon_template import CouponCounter, CouponTemplate
from campaigns.models.decision import Decision
from campaigns.models.entry import CampaignEntry
from campaigns.models.export import AudienceExport
from campaigns.models.operation import TillOperation
from campaigns.models.outbox import OutboxMessage
from campaigns.models.proof import PriceProof, ProofChain, RuleSet
from campaigns.models.reward import Packet, Reward
from campaigns.models.simulation import Simulation, SimulationPart
from campaigns.models.till import TillOrder
from campaigns.models.till_return import TillReturn, TillReturnLine
from campaigns.models.told_coupon import ToldCoupon
from campaigns.models.told_return import ToldReturn, UndoneLine
from campaigns.models.upload import StoreCharge, UploadedItem
from campaigns.models.use import OfferUse, UseCounter

__all__ = [
    "Activity", "ActivityOffer", "ActivityVersion", "AudienceExport", "Budget", "BudgetDraw", "BudgetMove", "BudgetShare", "Campaign",
    "CampaignEntry", "CartRun", "CartWatch", "Coupon", "CouponBatch", "CouponCounter", "CouponTemplate", "Decision", "OfferUse",
    "OutboxMessage", "Packet", "PriceProof", "ProofChain", "Reward", "RuleRevision", "RuleSet", "Simulation",
    "SimulationPart", "SpendAllowance", "StoreCharge", "TillBundle", "TillOperation", "TillOrder", "TillReturn",
    "TillReturnLine", "ToldCoupon", "ToldReturn", "UndoneLine", "UploadedItem", "UseCounter",
]  # fmt: skip
