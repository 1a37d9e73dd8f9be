from campaigns.admin import (  # noqa: F401
    activities,
    budgets,
    campaigns,
    carts,
    coupon_templates,
    coupons,
    decisions,
    member_panels,
    outbox,
    sales,
    simulations,
    told_coupons,
)
