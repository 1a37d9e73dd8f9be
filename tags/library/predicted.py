"""What customers will probably do, and what they are worth: forecasts by models that are judged before they speak.

A model that has too little to learn from, or does no better than a plain guess, gives nobody anything and says why.
"""

from tags.library.definition import Definition

VALUE, ORDERS = "transaction_value", "transaction_orders"

DEFINITIONS = (
    Definition(
        "transactional_value",
        "Transactional value 交易价值",
        "What a customer has brought so far.",
        model="transactional",
        kind="value",
        shape="number",
        category=VALUE,
        definition="What was paid, net of refunds, ever.",
    ),
    Definition(
        "clv",
        "Lifetime value, next 52 weeks 终身价值",
        "Spend on customers what they will bring, not what they brought.",
        model="clv",
        parameters={"horizon_weeks": 52},
        source="model",
        kind="value",
        shape="number",
        category=VALUE,
        definition="Expected purchases of the next 52 weeks (BG/NBD) times the expected value of one (Gamma-Gamma).",
        expected_action="Set what winning and keeping a customer may cost.",
    ),
    Definition(
        "network_value",
        "Network value 社交网络价值",
        "See who brings others, whatever he buys himself.",
        model="network_value",
        source="model",
        kind="value",
        shape="number",
        category=VALUE,
        definition="What the people he brought paid, and those whom they brought, halved with each step.",
    ),
    Definition(
        "real_value",
        "Real value 真实价值",
        "One number for what a customer is worth, with its parts.",
        model="real_value",
        source="model",
        kind="value",
        shape="number",
        category=VALUE,
        definition="Transactional value, lifetime value and network value together.",
    ),
    Definition(
        "p_buy",
        "Chance to buy within 30 days 购买概率",
        "Write to those who are about to buy; spend discounts on the others.",
        model="propensity",
        parameters={"target": "buy", "horizon_days": 30},
        source="model",
        kind="behaviour",
        shape="number",
        category=ORDERS,
        definition="Probability from 0 to 1 of at least one order within 30 days, by what was known at the time.",
    ),
    Definition(
        "p_churn",
        "Chance to leave within 90 days 流失概率",
        "Keep customers while they still are.",
        model="propensity",
        parameters={"target": "churn", "horizon_days": 90, "active_days": 180},
        source="model",
        kind="behaviour",
        shape="number",
        category=ORDERS,
        definition="Probability from 0 to 1 of no order within 90 days, of those who bought within 180 days.",
        expected_action="Call or write to the valuable ones first.",
    ),
    Definition(
        "buyer_group",
        "Groups of alike buyers 聚类分群",
        "Find groups that nobody thought of, and name them.",
        model="clusters",
        source="model",
        kind="behaviour",
        category=ORDERS,
        levels_reason="As many groups as stand apart best, at most eight.",
        definition="Groups of alike recency, frequency and monetary value, found without being told what to look for.",
        expected_action="Look at the report, give each group a name, and treat each in its own way.",
    ),
)
