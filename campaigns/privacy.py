"""The register of campaigns."""

from members.privacy.register import DELETED, REDUCED, REPLACED, Period, impersonal, personal

MESSAGE_DAYS = 365
BUNDLE_DAYS = 400
MESSAGE = {"address": "address it went to", "subject": "its heading", "body": "its text, with the name"}

PERSONAL = [
    *personal("campaigns.Decision", why="marketing", erased=REPLACED, address="address that was reached", reason="why it was decided so, with OneIDs"),
    *personal("campaigns.Coupon", why="operation", erased=REPLACED, reason="why staff withdrew a coupon"),
    *personal("campaigns.TillOrder", why="operation", erased=REPLACED, asked="basket as sent, with the OneID"),
    *personal("campaigns.ToldCoupon", why="operation", erased=DELETED, code="coupon that an order named or a customer had as a card", key="number of the order or event", order_key="number of the order", before="whose account it was of before"),
    *personal("campaigns.TillBundle", why="operation", erased=REDUCED, days=BUNDLE_DAYS, facts="which allowances members have, with tiers and tags"),
    *personal("campaigns.SpendAllowance", why="operation", erased=REDUCED, told="as tills are told of it, with tiers and tags"),
    *personal("campaigns.UploadedItem", why="operation", erased=REPLACED, body="what a till told without a line, with the OneID", says="why it is not taken in", reason="how staff settled it otherwise"),
    *personal("campaigns.OutboxMessage", why="marketing", erased=DELETED, days=MESSAGE_DAYS, **MESSAGE),
]  # fmt: skip
IMPERSONAL = [
    *impersonal("campaigns.Campaign", "of a campaign", "name touchpoint purpose subject body stop_reason"),
    *impersonal("campaigns.AudienceExport", "that staff took a file of an audience, and why", "way purpose columns reason left_out digest"),
    *impersonal("campaigns.Activity", "of an activity", "code name purpose"),
    *impersonal("campaigns.ActivityVersion", "why staff stopped an activity", "stop_reason"),
    *impersonal("campaigns.ActivityOffer", "rules of prices", "name currency trigger form limits frozen"),
    *impersonal("campaigns.CouponTemplate", "of a sort of coupons", "code name currency trigger form limits frozen close_reason"),
    *impersonal("campaigns.CouponBatch", "of codes", "name withdraw_reason"),
    *impersonal("campaigns.Coupon", "of a coupon, numbers of tills and sales; staff", "code key held_by staff order_key"),
    *impersonal("campaigns.ToldCoupon", "of a sort of coupons", "template_code"),
    *impersonal("campaigns.Budget", "of a budget", "code name"),
    *impersonal("campaigns.BudgetDraw", "an offer, and the number of a sale", "offer cause"),
    *impersonal("campaigns.CartWatch", "of a watch", "name"),
    *impersonal("campaigns.CartRun", "of goods in a cart", "sku"),
    *impersonal("campaigns.TillOrder", "of a sale, of its buyer what offers ask for; staff", "number basket quote paid payments currency cashier"),
    *impersonal("campaigns.RuleSet", "rules of prices", "digest content"),
    *impersonal("campaigns.ProofChain", "of the sales of a store", "day hash"),
    *impersonal("campaigns.PriceProof", "of a price", "day inputs answer digest hash"),
    *impersonal("campaigns.TillReturn", "of a return; staff", "number paid_back reason cashier"),
    *impersonal("campaigns.ToldReturn", "of a return", "number"),
    *impersonal("campaigns.TillOperation", "keys of tills, and what they were answered of prices", "caller node key verb number answer"),
    *impersonal("campaigns.OfferUse", "of an offer and the day it was given", "offer activity day counted"),
    *impersonal("campaigns.Reward", "of an offer", "offer activity kind what told after why"),
    *impersonal("campaigns.Packet", "of an offer", "offer"),
    *impersonal("campaigns.Simulation", "rules of prices, and sums over many orders", "beside currency draft others found fault since until"),
    *impersonal("campaigns.SimulationPart", "sums over many orders", "figures"),
    *impersonal("campaigns.TillBundle", "of a bundle", "code"),
    *impersonal("campaigns.SpendAllowance", "a till's key", "key"),
    *impersonal("campaigns.UploadedItem", "a till's key, number of a sale, differences in price; staff", "key kind number code notes"),
    *impersonal("campaigns.StoreCharge", "an offer, coupon or allowance", "kind what currency"),
    *impersonal("campaigns.UseCounter", "of an offer", "offer scope place"),
]  # fmt: skip
PERIODS = [
    Period(
        "campaigns.TillBundle", BUNDLE_DAYS, "DELETE FROM campaigns_tillbundle WHERE expires_at < %(before)s"
    ),
    Period(
        "campaigns.OutboxMessage",
        MESSAGE_DAYS,
        "DELETE FROM campaigns_outboxmessage WHERE written_at < %(before)s",
    ),
]
