from campaigns.admin import (  # noqa: F401
    activities,
    budgets,
    campaigns,
    coupon_templates,
    coupons,
    decisions,
    member_panels,
    outbox,
    told_coupons,
)
