"""The register of the ground floor."""

from members.privacy.register import CLEARED, DELETED, REDUCED, REPLACED, Period, impersonal, personal

PROOF_DAYS = 1095

PERSONAL = [
    *personal("members.Account", why="service", erased=REPLACED, external_id="the customer's id at the channel"),
    *personal("members.Account", why="service", erased=CLEARED, traits="name, birthday, address and what else a channel tells"),
    *personal("members.Account", why="operation", erased=REPLACED, revoke_reason="why staff put the account aside"),
    *personal("members.Member", why="identification", erased=REPLACED, oneid="the OneID"),
    *personal(
        "members.MemberProfile", why="service", erased=DELETED, name="name", nickname="nickname",
        province="province of residence", city="city of residence",
    ),
    *personal("members.MemberProfile", why="profiling", erased=DELETED, gender="gender", birth_date="birthday"),
    *personal("members.Membership", why="service", erased=DELETED, number="membership number", tier="tier at the channel"),
    *personal("members.Consent", why="legal", erased=CLEARED, days=PROOF_DAYS, ip="IP address of the statement", device="device of the statement"),
    *personal("members.Event", why="service", erased=CLEARED, account_key="the customer's id at the channel"),
    *personal("members.Event", why="profiling", erased=REDUCED, properties="what was looked at, and where it came from"),
    *personal("members.Order", why="service", erased=CLEARED, account_key="the customer's id at the channel"),
    *personal("members.Order", why="marketing", erased=CLEARED, attribution="the click that led to the order", coupons="coupons used"),
    *personal("members.OrderLine", why="service", erased=CLEARED, serial="serial number of the appliance"),
    *personal("members.Return", why="service", erased=CLEARED, account_key="the customer's id at the channel"),
    *personal("members.Review", why="service", erased=CLEARED, account_key="the customer's id at the channel", text="what the customer wrote"),
    *personal("members.AccessRecord", why="security", erased=CLEARED, reason="why staff looked", details="what staff looked for"),
    *personal("members.Posting", why="operation", erased=REPLACED, reason="why staff moved points by hand"),
    *personal("members.Adjustment", why="operation", erased=REPLACED, reason="why staff asked to move points by hand"),
    *personal("members.TierGrant", why="operation", erased=REPLACED, note="why staff gave a tier"),
    *personal("members.RightGrant", why="service", erased=CLEARED, serial="serial number of the appliance", reason="why staff gave or revoked a right"),
    *personal("members.Appliance", why="service", erased=DELETED, serial="serial number of the appliance"),
    *personal("members.Ticket", why="service", erased=CLEARED, serial="serial number of the appliance", text="what the customer wrote"),
    *personal("members.LabelStatement", why="profiling", erased=DELETED, labels="words that a channel or staff put on the customer", reason="why staff gave them"),
    *personal("members.Settlement", why="operation", erased=REPLACED, reason="why tiers and points were settled so"),
]  # fmt: skip

IMPERSONAL = [
    *impersonal("members.ChannelKey", "of an API key", "id prefix hashed_key name scopes"),
    *impersonal("members.AccessRecord", "a word of the house", "action field"),
    *impersonal("members.LabelStatement", "a channel, or a tag", "source"),
    *impersonal("members.Book", "of a book", "code name unit"),
    *impersonal("members.EarningRule", "a currency, goods and codes of the house", "event currency skus categories channels organizations tiers"),
    *impersonal("members.Posting", "numbers of orders and of what tills did", "key order_key"),
    *impersonal("members.Wallet", "a pot of the house", "pot"),
    *impersonal("members.Hold", "a number of a till", "key"),
    *impersonal("members.GoodsSet", "goods", "code name skus categories"),
    *impersonal("members.Appliance", "goods, and the number of a sale", "sku name category order_key"),
    *impersonal("members.Plan", "rules, and why staff ended them", "name season_from season_to holiday join_needs number_prefix activity stop_reason"),
    *impersonal("members.SpendRule", "a currency", "currency"),
    *impersonal("members.EarningBasis", "the number of a sale", "order_key"),
    *impersonal("members.TierGrant", "made of numbers of rows", "key"),
    *impersonal("members.Right", "of a right", "code name"),
    *impersonal("members.RightRule", "goods", "skus categories"),
    *impersonal("members.RightGrant", "numbers of sales and rows", "source_key order_key"),
    *impersonal("members.RightUse", "a number of a till", "key"),
    *impersonal("members.RightCode", "of whoever offers the membership", "code"),
    *impersonal("members.Ticket", "a number", "external_id"),
    *impersonal("members.Purse", "of a card", "code name"),
    *impersonal("members.GiftCard", "of a card", "number code_hash"),
    *impersonal("members.Channel", "of a channel", "code name"),
    *impersonal("members.Consent", "what was agreed to, kept as proof", "purpose touchpoint text_version language shown"),
    *impersonal("members.Erasure", "refused if it names the person", "reason"),
    *impersonal("members.Erasure", "numbers of rows", "counts"),
    *impersonal("members.ErasureSalt", "random", "salt"),
    *impersonal("members.Tombstone", "a salted hash", "digest"),
    *impersonal("members.RetentionRun", "numbers of rows", "counts"),
    *impersonal("members.Event", "the name of an event, and where it happened", "name touchpoint"),
    *impersonal("members.EventCursor", "a reader of the house", "reader"),
    *impersonal("members.Order", "what the law keeps of a sale; staff", "external_id currency cashier guide"),
    *impersonal("members.OrderLine", "goods", "sku name category"),
    *impersonal("members.OrderPayment", "a way of paying", "method"),
    *impersonal("members.Organization", "of an organization", "code name path"),
    *impersonal("members.Programme", "of a programme", "name"),
    *impersonal("members.Tier", "of a programme", "code name"),
    *impersonal("members.PromiseText", "what everybody is shown", "purpose language version text benefit"),
    *impersonal("members.BenefitGrant", "a code", "benefit"),
    *impersonal("members.Return", "what the law keeps of a return", "external_id order_key"),
    *impersonal("members.ReturnLine", "goods", "sku"),
    *impersonal("members.Review", "numbers of reviews, orders and goods", "external_id order_key sku"),
]  # fmt: skip

PERIODS = [
    Period(
        "members.Consent",
        PROOF_DAYS,
        "UPDATE members_consent SET ip = NULL, device = ''"
        " WHERE stated_at < %(before)s AND (ip IS NOT NULL OR device <> '')",
    ),
]
