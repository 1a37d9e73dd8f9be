"""The leaves of the condition language by name: what reads each (``LEAVES``), and its fields for a builder (``FORMS``)."""

from tags.conditions.leaves import (
    audience,
    balance,
    channel,
    consent,
    events,
    first_order,
    label,
    lines,
    orders,
    organization,
    profile,
    random,
    reach,
    returns,
    reviews,
    sequence,
    standing,
    tag,
    unfollowed,
)

MODULES = {
    "profile": profile,
    "orders": orders,
    "first_order": first_order,
    "events": events,
    "tag": tag,
    "organization": organization,
    "channel": channel,
    "audience": audience,
    "consent": consent,
    "label": label,
    "lines": lines,
    "returns": returns,
    "reviews": reviews,
    "sequence": sequence,
    "unfollowed": unfollowed,
    "reach": reach,
    "random": random,
    "standing": standing,
    "balance": balance,
}
LEAVES = {name: module.parse for name, module in MODULES.items()}
FORMS = {name: module.FORM for name, module in MODULES.items()}
